import type * as Http from 'node:http';

/**
 * What is used of node:http. An `import` of it reads each of its exports, and one of them, WebSocket, loads an HTTP
 * client that nobody here wants: 30 ms of processor time at every start.
 */
export const { Agent, get, request }: Pick<typeof Http, 'Agent' | 'get' | 'request'> =
  process.getBuiltinModule('node:http');
