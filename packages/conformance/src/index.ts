/** The judge as a library. */
export { judge, type Failure, type JudgeOptions, type Verdict } from './judge';
export { conforms, jsonReport, junitReport, summarize, textReport, type Summary } from './report';
export type { Answer, ErrorKind, Json, JsonObject, PortError, Task } from './protocol';
export {
  LEVELS,
  loadRequirements,
  loadVectors,
  type FunctionVectors,
  type Level,
  type Requirement,
  type VectorCase,
} from './vectors';
