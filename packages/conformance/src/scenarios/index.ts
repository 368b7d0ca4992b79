/** All scenarios, in the order in which a port is built. */
import type { Scenario } from '../scenario';
import { cacheScenarios } from './cache';
import { completeScenarios } from './complete';
import { errorScenarios } from './errors';
import { redirectScenarios } from './redirect';
import { requestScenarios } from './request';
import { retryScenarios } from './retry';
import { storyScenarios } from './story';
import { tokenScenarios } from './token';
import { uploadScenarios } from './upload';

export const SCENARIOS: readonly Scenario[] = [
  ...tokenScenarios,
  ...requestScenarios,
  ...errorScenarios,
  ...cacheScenarios,
  ...retryScenarios,
  ...redirectScenarios,
  ...uploadScenarios,
  ...completeScenarios,
  ...storyScenarios,
];
