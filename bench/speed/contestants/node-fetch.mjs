/** node-fetch, which goes over node:http; its connections have to be kept alive by an agent. */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import fetch from 'node-fetch';
import { openFetch } from '../contestant.mjs';

const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new SecureAgent({ keepAlive: true }) };

export const open = openFetch((url, options) =>
  fetch(url, { ...options, agent: ({ protocol }) => agents[protocol] }),
);
