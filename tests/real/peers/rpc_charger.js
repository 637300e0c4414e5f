// A charge point made of the npm package `ocpp-rpc`: the same lines as py_charger.py.
// Options: --endpoint URL (without the identity), --identity TEXT (the library encodes it), --connect ADDRESS (instead of
// the URL's host), --ca FILE, --password HEX (its octets are shown), --wait (do not connect until told).
'use strict';
const fs = require('fs');
const {parseArgs} = require('util');
const {RPCClient, NOREPLY} = require('ocpp-rpc');
const {say, obey, record, sendAsTold, closeAsTold} = require('./talk');

const {values: options} = parseArgs({options: {
    endpoint: {type: 'string'},
    identity: {type: 'string'},
    connect: {type: 'string'},
    ca: {type: 'string'},
    password: {type: 'string'},
    wait: {type: 'boolean', default: false},
}});

const now = () => new Date().toISOString();
const octets = hex => hex === undefined || hex === null ? null : Buffer.from(hex, 'hex');
const keys = new Map([['HeartbeatInterval', '300'], ['SecurityProfile', '1']]);
const replies = new Map();
let password = octets(options.password);
let endpoint = options.endpoint;
let client = null;
let connections = 0;

const usual = {
    RemoteStartTransaction: params => later({status: 'Accepted'}, () => start(params.idTag, params.connectorId ?? 1)),
    RemoteStopTransaction: params => later({status: 'Accepted'}, () => stop(params.transactionId)),
    GetConfiguration: params => ({
        configurationKey: [...keys].filter(([key]) => params.key?.includes(key) ?? true)
            .map(([key, value]) => ({key, readonly: false, value})),
        unknownKey: (params.key ?? []).filter(key => !keys.has(key)),
    }),
    ChangeConfiguration: ({key, value}) => {
        if (key.toLowerCase() === 'authorizationkey') {
            password = octets(value);
        } else {
            keys.set(key, value);
        }
        return {status: 'Accepted'};
    },
    TriggerMessage: params => later({status: 'Accepted'}, () => client.call(params.requestedMessage, ({
        BootNotification: boot,
        StatusNotification: status,
    })[params.requestedMessage] ?? {})),
    Reset: () => later({status: 'Accepted'}, async () => { await client.close(); await connect({}); }),
};
const boot = {chargePointModel: 'Peer', chargePointVendor: 'ocpp-rpc'};
const status = {connectorId: 1, errorCode: 'NoError', status: 'Available'};

// The answer now, what follows from it once it was sent.
function later(answer, follow) {
    setImmediate(() => follow().catch(error => say('failed', {kind: error.name, text: error.message})));
    return answer;
}

async function start(idTag, connectorId) {
    const answer = await client.call('StartTransaction', {connectorId, idTag, meterStart: 0, timestamp: now()});
    say('transaction', {number: answer.transactionId});
    return answer.transactionId;
}

const stop = transactionId => client.call('StopTransaction', {transactionId, meterStop: 1234, timestamp: now()});

async function session({tag = 'CARD1'}) {
    await client.call('BootNotification', boot);
    await client.call('StatusNotification', status);
    await client.call('Authorize', {idTag: tag});
    const transactionId = await start(tag, 1);
    const meterValue = [{timestamp: now(), sampledValue: [{value: '1234', unit: 'Wh'}]}];
    await client.call('MeterValues', {connectorId: 1, transactionId, meterValue});
    await stop(transactionId);
    await client.call('Heartbeat', {});
    return transactionId;
}

async function connect(told) {
    endpoint = told.endpoint ?? endpoint;
    if (told.password !== undefined) {
        password = octets(told.password);
    }
    const connection = ++connections;
    const wsOpts = {};
    if (options.ca) {
        wsOpts.ca = fs.readFileSync(options.ca);
    }
    if (options.connect) {
        wsOpts.lookup = (_host, {all}, done) => all ? done(null, [{address: options.connect, family: 4}])
            : done(null, options.connect, 4);
    }
    client = new RPCClient({
        endpoint, identity: options.identity, password, wsOpts,
        protocols: ['ocpp1.6'], strictMode: true, reconnect: false, pingIntervalMs: 0, callTimeoutMs: 10000,
    });
    for (const [action, answer] of Object.entries(usual)) {
        client.handle(action, ({params}) => {
            const other = replies.get(action);
            return other === undefined ? answer(params) : other === null ? NOREPLY : other;
        });
    }
    client.once('connecting', () => record(client, {connection}));
    try {
        await client.connect();
    } catch (error) {
        if (typeof error.code === 'number') {
            const {rawHeaders} = error.response;
            const headers = rawHeaders.flatMap((name, at) => at % 2 ? [] : [[name, rawHeaders[at + 1]]]);
            say('refused', {status: error.code, headers, connection});
        } else {
            say('failed', {kind: error.code ?? error.name, text: error.message, connection});
        }
        return false;
    }
    say('connected', {subprotocol: client.protocol || null, connection});
    return true;
}

obey({
    connect,
    session,
    call: ({action, payload}) => client.call(action, payload ?? {}),
    reply: ({action, payload}) => { payload === undefined ? replies.delete(action) : replies.set(action, payload); },
    send: told => sendAsTold(client, told),
    close: told => closeAsTold(client, told),
});
if (!options.wait) {
    connect({});
}
