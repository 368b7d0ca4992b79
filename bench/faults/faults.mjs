/** The faults: for each request, in turn, bytes to write or what to do with the socket; the last for all further ones. */
export const text = (status, body = '', headers = {}) => {
  const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n${body}`;
};
// Only a plain socket can be reset; over TLS the connection is cut.
const reset = (socket) => (socket.encrypted ? socket.destroy() : socket.resetAndDestroy());
const trickle = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n');
  const timer = setInterval(() => socket.write(' '), 50);
  socket.on('close', () => clearInterval(timer));
};
/** As fast as it can, up to 256 MiB, and then nothing more: a process that takes it all would end for lack of memory. */
const flood = (socket) => {
  socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n');
  const chunk = ' '.repeat(1 << 20);
  let left = 256;
  const pour = () => {
    while (left-- > 0 && !socket.destroyed && socket.write(chunk));
    if (left > 0 && !socket.destroyed) socket.once('drain', pour);
  };
  pour();
};

/** `elsewhere` is the origin of another server, `ok` the answer of a request that succeeds. */
export const faults = [
  { name: '500 for ever', replies: () => [text(500)] },
  { name: '503 once, without Retry-After', replies: ({ ok }) => [text(503), ok] },
  { name: '503 once, Retry-After: 0', replies: ({ ok }) => [text(503, '', { 'retry-after': 0 }), ok] },
  { name: '429, Retry-After: 3600', replies: () => [text(429, '', { 'retry-after': 3600 })] },
  { name: 'connection reset once, after the request arrived', replies: ({ ok }) => [reset, ok] },
  {
    name: 'connection reset, then 404: it was carried out',
    replies: () => [reset, text(404)],
    methods: ['DELETE'],
  },
  { name: 'no answer', replies: () => [() => undefined] },
  { name: 'a body that never ends, slowly', replies: () => [trickle] },
  { name: 'a body that never ends, as fast as it can', replies: () => [flood] },
  {
    name: 'a body cut short',
    replies: () => [(socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"Id"')],
  },
  { name: 'no JSON', replies: () => [text(200, '<html>')] },
  { name: '302 to another host', replies: ({ elsewhere }) => [text(302, '', { location: elsewhere })] },
  {
    name: '502 that plays the request back',
    replies: () => [(socket, request) => socket.write(text(502, request))],
  },
];
