// How a Node peer speaks with the test that started it: the same lines of JSON as talk.py.
'use strict';
const readline = require('readline');

// Tells the test what happened.
function say(event, fields) {
    process.stdout.write(JSON.stringify({event, ...fields}) + '\n');
}

// Carries out what the test tells until standard input ends; what a command returns stands in the `told` event.
function obey(commands) {
    const lines = readline.createInterface({input: process.stdin});
    lines.on('line', async line => {
        const told = JSON.parse(line);
        try {
            say('told', {tell: told.tell, result: (await commands[told.do](told)) ?? null});
        } catch (error) {
            say('told', {tell: told.tell, error: error.rpcErrorCode ?? error.name, text: error.message});
        }
    });
    lines.on('close', () => process.exit(0));
}

// Says every message, ping, pong and the close of a connection; `about` stands in each event.
// The library's own `ws` object is used, since only it knows opcodes and octets.
function record(rpc, about) {
    const ws = rpc._ws;
    ws.on('message', (data, isBinary) =>
        say('message', {way: 'in', opcode: isBinary ? 'binary' : 'text', hex: data.toString('hex'), ...about}));
    for (const opcode of ['ping', 'pong']) {
        ws.on(opcode, data => say('control', {way: 'in', opcode, hex: data.toString('hex'), ...about}));
    }
    const send = ws.send;
    ws.send = function (data, ...rest) {
        const opcode = typeof data === 'string' || rest[0]?.binary === false ? 'text' : 'binary';
        say('message', {way: 'out', opcode, hex: Buffer.from(data).toString('hex'), ...about});
        return send.call(ws, data, ...rest);
    };
    const sayClose = () => ws.once('close', (code, reason) =>
        say('closed', {code: code === 1006 ? null : code, reason: String(reason), ...about}));
    if (ws.readyState === ws.OPEN) {
        sayClose();
    } else {
        ws.once('open', sayClose);
    }
}

// The command `send`: exactly these octets.
function sendAsTold(rpc, {text, hex, fragments, ping, frame}) {
    const ws = rpc._ws;
    if (text !== undefined) {
        ws.send(text);
    } else if (hex !== undefined) {
        ws.send(Buffer.from(hex, 'hex'));
    } else if (fragments !== undefined) {
        fragments.forEach((part, index) => ws.send(part, {fin: index === fragments.length - 1}));
    } else if (frame !== undefined) {
        ws.send(Buffer.from(frame, 'hex'), {binary: false});
    } else {
        ws.ping(Buffer.from(ping, 'hex'));
    }
}

// The command `close`: without a code the TCP connection is reset, 0 is a close frame without a code.
function closeAsTold(rpc, {code, reason}) {
    if (code === undefined) {
        rpc._ws._socket.resetAndDestroy();
    } else if (code === 0) {
        rpc._ws.close();
    } else {
        rpc._ws.close(code, reason);
    }
}

module.exports = {say, obey, record, sendAsTold, closeAsTold};
