// A central system made of the npm package `ocpp-rpc`: the same lines as py_central.py.
// Options: --port N, --certificate FILE --key FILE (wss), --basic none|any|known, --account IDENTITY=HEX (more than once).
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const {parseArgs} = require('util');
const {RPCServer, NOREPLY} = require('ocpp-rpc');
const {say, obey, record, sendAsTold, closeAsTold} = require('./talk');

const {values: options} = parseArgs({options: {
    port: {type: 'string', default: '0'},
    certificate: {type: 'string'},
    key: {type: 'string'},
    basic: {type: 'string', default: 'none'},
    account: {type: 'string', multiple: true, default: []},
}});

const now = () => new Date().toISOString();
const accounts = new Map(options.account.map(text => {
    const at = text.lastIndexOf('=');
    return [text.slice(0, at), text.slice(at + 1)];
}));
const chargers = new Map();
const replies = new Map();
let basic = options.basic;
let rules = [];
let connections = 0;
let transactions = 0;

const usual = {
    BootNotification: () => ({status: 'Accepted', interval: 300, currentTime: now()}),
    Heartbeat: () => ({currentTime: now()}),
    Authorize: () => ({idTagInfo: {status: 'Accepted'}}),
    StartTransaction: () => ({transactionId: ++transactions, idTagInfo: {status: 'Accepted'}}),
    StopTransaction: () => ({}),
    MeterValues: () => ({}),
    StatusNotification: () => ({}),
    SecurityEventNotification: () => ({}),
    DataTransfer: () => ({status: 'Accepted'}),
};

const server = new RPCServer({protocols: ['ocpp1.6'], strictMode: true, pingIntervalMs: 0});

function ruleFor(identity) {
    const rule = rules.find(one => one.identity === identity) ?? rules.find(one => one.identity === undefined);
    if (rule?.times !== undefined && --rule.times <= 0) {
        rules = rules.filter(one => one !== rule);
    }
    return rule ?? {};
}

function knows(identity, password) {
    if (basic === 'none') {
        return true;
    }
    return password !== undefined && (basic === 'any' || accounts.get(identity) === password.toString('hex'));
}

server.auth((accept, reject, handshake) => {
    const {identity, password, request} = handshake;
    const about = {connection: ++connections, identity};
    const headers = [];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
        headers.push([request.rawHeaders[at], request.rawHeaders[at + 1]]);
    }
    // The library takes credentials only where the user name is the identity; the password is its octets.
    const user = password === undefined ? null : Buffer.from(identity).toString('hex');
    say('request', {target: request.url, headers, user, password: password?.toString('hex') ?? null, ...about});
    const rule = ruleFor(identity);
    const status = rule.status ?? (knows(identity, password) ? 101 : 401);
    if (status === 101) {
        accept({about, greet: rule.greet});
        return;
    }
    say('answered', {status, ...about});
    if (status !== 0) {
        reject(status, 'no');
    }
});

server.on('client', client => {
    const {about, greet} = client.session;
    record(client, about);
    say('connected', {subprotocol: client.protocol || null, ...about});
    chargers.set(about.identity, client);
    client.once('close', () => chargers.get(about.identity) === client && chargers.delete(about.identity));
    for (const [action, answer] of Object.entries(usual)) {
        client.handle(action, () => {
            const other = replies.get(action);
            return other === undefined ? answer() : other === null ? NOREPLY : other;
        });
    }
    if (greet) {
        closeAsTold(client, greet);
    }
});

obey({
    answer: ({identity, status, times, greet}) => {
        rules = rules.filter(rule => rule.identity !== identity);
        if (status !== undefined || greet !== undefined) {
            rules.push({identity, status, times, greet});
        }
    },
    account: ({identity, password}) => {
        password === null ? accounts.delete(identity) : accounts.set(identity, password);
    },
    basic: told => { basic = told.basic; },
    reply: ({action, payload}) => { payload === undefined ? replies.delete(action) : replies.set(action, payload); },
    call: ({identity, action, payload}) => chargers.get(identity).call(action, payload ?? {}, {callTimeoutMs: 10000}),
    send: told => sendAsTold(chargers.get(told.identity), told),
    close: told => closeAsTold(chargers.get(told.identity), told),
    close_all: told => { [...chargers.values()].forEach(client => closeAsTold(client, told)); },
});

const web = options.certificate
    ? https.createServer({cert: fs.readFileSync(options.certificate), key: fs.readFileSync(options.key)})
    : http.createServer();
web.on('upgrade', server.handleUpgrade);
web.listen(Number(options.port), '127.0.0.1', () => say('listening', {port: web.address().port}));
