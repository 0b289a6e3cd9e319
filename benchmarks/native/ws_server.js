// npm `ws`, as its own documentation broadcasts. `node ws_server.js TEXT` says "ready PORT", and
// sends TEXT to everyone at each line "pass" on standard input; it ends when that does.
'use strict';
const { WebSocketServer } = require('ws');

const data = Buffer.from(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, backlog: 4096 });
server.on('listening', () => console.log(`ready ${server.address().port}`));
process.stdin.on('data', (lines) => {
  for (let passes = lines.toString().split('\n').length - 1; passes > 0; passes--) {
    for (const client of server.clients) client.send(data, { binary: false });
  }
});
process.stdin.on('end', () => process.exit(0));
