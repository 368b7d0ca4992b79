/** The part of the fault matrix about answers that send the client elsewhere. */
import { notAllowed, notFollowed } from './cells';
import { always, answer, redirect, status, type Fault } from './fault';

export const redirects: readonly Fault[] = [
  {
    name: '301 to itself',
    replies: redirect(301, () => '/api/'),
    get: '2× ServiceError 301',
    post: '2× ServiceError 301',
    token: '1× AuthenticationError 301',
  },
  {
    name: '301 in a circle',
    replies: () => [answer(301, '', { location: '/a/' }), answer(301, '', { location: '/api/' })],
    get: '2× ServiceError 301',
    post: '2× ServiceError 301',
    token: '1× AuthenticationError 301',
  },
  {
    name: '301 to another root of the same host',
    replies: (scene) => [answer(301, '', { location: `${scene.here}/cluster/api/` }), scene.ok],
    get: '2× ok',
    post: '2× ok',
    token: '1× AuthenticationError 301',
  },
  {
    name: '301 to another port, or another host',
    replies: redirect(301, ({ elsewhere }) => `${elsewhere}/api/`),
    ...notAllowed,
  },
  {
    name: '301 from https to http, or the other way round',
    replies: redirect(301, ({ elsewhere }) =>
      elsewhere.replace(/^https?/, (it) => (it === 'http' ? 'https' : 'http')),
    ),
    ...notAllowed,
  },
  {
    name: '301 to a user’s place',
    replies: redirect(301, ({ here }) => here.replace('://', '://user:pass@')),
    get: '1× ServiceError 301, the new endpoint must not contain a user name, password, query or fragment',
    post: '1× ServiceError 301, the new endpoint must not contain a user name, password, query or fragment',
    token: '1× AuthenticationError 301',
  },
  {
    name: '301 without Location',
    replies: always(status(301)),
    get: '1× ServiceError 301, it has no usable Location',
    post: '1× ServiceError 301, it has no usable Location',
    token: '1× AuthenticationError 301',
  },
  ...[302, 303, 307, 308].map((code) => ({
    name: `${code}, wherever to`,
    replies: redirect(code, ({ here }) => `${here}/api/`),
    ...notFollowed(code),
  })),
];
