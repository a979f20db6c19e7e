#!/usr/bin/env node
// Watches DNs through Understudy's T-Library interface, as JSON over WebSocket; one file, no packages, Node.js 18 or later.
//
//   node watch.mjs [--application NAME] [--password WORD] ws://10.0.0.1:7201/tlib,ws://10.0.0.2:7201/tlib 1001 1002
//
// Events come out as lines of JSON. Lines of JSON that come in are requests: {"Request":"RequestQueryServer"}. What it does
// is what every client does (docs/t_library.md): it links to both nodes of the pair, attaches its session where the primary
// is, numbers its requests, acknowledges its events, and takes the session up again when a link or a node dies. So each
// request is done once, and each event comes once. What the server will not have, however often it is said, ends the program.
// Exit codes: 0 ended by a signal, 2 the command line or a request cannot be understood, 3 the server will not have this client.
import { createHash, randomBytes } from "node:crypto";
import net from "node:net";
import readline from "node:readline";
import tls from "node:tls";

const NOBODY = "0".repeat(16);
const ADDP = 10000; // milliseconds: silence of a server that is taken for its death
const ACKNOWLEDGE_WITHIN = 100;
const FIRST_RETRY = 100, LAST_RETRY = 3000;
const HOPELESS = ["InvalidPassword", "ProtocolError", "MessageTooLarge", "Version"];

// ---- WebSocket (RFC 6455) over a socket of Node's own: before version 22 Node.js has no client of its own.

class SmallWebSocket {
  constructor(url) {
    const { protocol, hostname, port, pathname } = new URL(url);
    const secure = protocol === "wss:";
    const at = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) || (secure ? 443 : 80) };
    const key = randomBytes(16).toString("base64");
    this.accept = createHash("sha1").update(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest("base64");
    this.received = Buffer.alloc(0);
    this.parts = [];
    this.socket = secure ? tls.connect({ ...at, servername: net.isIP(at.host) ? "" : at.host }) : net.connect(at);
    this.socket.setNoDelay(true);
    this.socket.on(secure ? "secureConnect" : "connect", () =>
      this.socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${at.host}:${at.port}\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`));
    this.socket.on("data", (data) => this.take(data));
    this.socket.on("error", (error) => this.onerror?.({ message: error.message }));
    this.socket.on("close", () => this.onclose?.());
  }

  take(data) {
    this.received = Buffer.concat([this.received, data]);
    if (!this.open && !this.upgrade()) return;
    while (this.takeFrame());
  }

  upgrade() {
    const end = this.received.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.received.subarray(0, end).toString();
    if (!head.startsWith("HTTP/1.1 101 ") || !head.includes(this.accept)) {
      this.onerror?.({ message: `no WebSocket: ${head.split("\r\n")[0]}` });
      return this.close(), false;
    }
    this.received = this.received.subarray(end + 4);
    this.open = true;
    this.onopen?.();
    return true;
  }

  takeFrame() {
    const data = this.received;
    if (data.length < 2) return false;
    let size = data[1] & 127, at = 2;
    if (size === 126) [size, at] = data.length < 4 ? [Infinity, 4] : [data.readUInt16BE(2), 4];
    else if (size === 127) [size, at] = data.length < 10 ? [Infinity, 10] : [Number(data.readBigUInt64BE(2)), 10];
    if (data.length < at + size) return false;
    const payload = data.subarray(at, at + size), kind = data[0] & 15;
    this.received = data.subarray(at + size);
    if (kind === 8) this.close();
    else if (kind === 9) this.write(10, payload);
    else if (kind < 3) {
      this.parts.push(payload);
      if (data[0] & 128) this.onmessage?.({ data: Buffer.concat(this.parts.splice(0)).toString() });
    }
    return true;
  }

  write(kind, payload) {
    const mask = randomBytes(4), size = payload.length;
    const head = size < 126 ? Buffer.from([128 | kind, 128 | size]) : Buffer.alloc(size < 65536 ? 4 : 10);
    if (size >= 126) head[0] = 128 | kind, head[1] = 128 | (size < 65536 ? 126 : 127);
    if (size >= 65536) head.writeBigUInt64BE(BigInt(size), 2);
    else if (size >= 126) head.writeUInt16BE(size, 2);
    this.socket.write(Buffer.concat([head, mask, payload.map((octet, i) => octet ^ mask[i & 3])]));
  }

  send(text) { this.write(1, Buffer.from(text)); }
  close() { this.socket.destroy(); }
}

// ---- A link to one node: opened again and again, greeted, kept alive.

class Link {
  constructor(url, client) {
    Object.assign(this, { url, client, retry: FIRST_RETRY });
    this.connect();
  }

  connect() {
    this.role = undefined;
    this.heard = Date.now();
    this.socket = new (globalThis.WebSocket ?? SmallWebSocket)(this.url);
    this.socket.onopen = () => this.send({ Frame: "Hello", ...this.client.identity, Addp: ADDP });
    this.socket.onmessage = ({ data }) => {
      this.heard = Date.now();
      this.on(JSON.parse(data));
    };
    this.socket.onerror = ({ message }) => this.complain(message || "no connection");
    this.socket.onclose = () => this.lost();
    this.watch = setInterval(() => {
      if (Date.now() - this.heard > ADDP) this.socket.close();
      else if (this.role) this.send({ Frame: "Ping" });
    }, ADDP / 4);
  }

  send(frame) { this.socket.send(JSON.stringify(frame)); }

  // Once for each reason, until the node has been heard.
  complain(reason) {
    if (this.complained !== reason) console.error(`${this.url}: ${reason}`);
    this.complained = reason;
  }

  on(frame) {
    if (frame.Frame === "Ping") return this.send({ Frame: "Pong" });
    if (frame.Frame === "Welcome") Object.assign(this, { retry: FIRST_RETRY, complained: undefined });
    if (frame.Frame === "Goodbye") {
      this.complain(`${frame.Code}: ${frame.Text}`);
      if (HOPELESS.includes(frame.Code)) process.exit(3);
    }
    if (frame.Role) this.role = frame.Role;
    this.client.on(frame, this);
  }

  lost() {
    clearInterval(this.watch);
    this.role = undefined;
    this.client.lost(this);
    setTimeout(() => this.connect(), this.retry);
    this.retry = Math.min(2 * this.retry, LAST_RETRY);
  }
}

// ---- The session: it outlives its links.

class Client {
  constructor(urls, identity, dns) {
    Object.assign(this, { identity, dns, waiting: [] });
    this.forget();
    this.links = urls.map((url) => new Link(url, this));
  }

  // A new session begins, and is registered for what the old one was. What was under way may have been done or not.
  forget() {
    for (const { Request } of this.sent?.values() ?? []) console.error(`nobody knows whether this was done: ${Request}`);
    Object.assign(this, { session: NOBODY, token: NOBODY, seen: 0, acknowledged: 0, number: 0, at: null, ready: false });
    Object.assign(this, { sent: new Map(), own: new Map() }); // by number: what was asked, and its ReferenceID
    this.waiting.unshift(...this.dns.map((dn) => ({ Request: "RequestRegisterAddress", ThisDN: dn })));
  }

  on(frame, link) {
    switch (frame.Frame) {
      case "Welcome":
      case "Role":
        if (frame.Role === "Primary") this.attach(link);
        else this.lost(link);
        break;
      case "Attached":
        this.attached(frame);
        break;
      case "Event":
        this.event(frame);
        break;
      case "Goodbye":
        if (frame.Code === "UnknownSession") this.forget();
    }
  }

  attach(link) {
    Object.assign(this, { at: link, ready: false });
    link.send({ Frame: "Attach", Session: this.session, Token: this.token, SeenEvent: this.seen });
  }

  attached(frame) {
    Object.assign(this, { session: frame.Session, token: frame.Token, ready: true });
    for (const [number, message] of this.sent) {
      if (number > frame.LastRequest) this.at.send({ Frame: "Request", Number: number, Message: message });
    }
    this.flush();
  }

  lost(link) {
    if (this.at === link) Object.assign(this, { at: null, ready: false });
  }

  request(message) {
    this.waiting.push(message);
    this.flush();
  }

  // The ReferenceID by which the server names a request is its number; the application's own comes back with the event.
  flush() {
    while (this.ready && this.waiting.length > 0 && this.sent.size < 256) {
      const { ReferenceID, ...message } = this.waiting.shift();
      const numbered = { ...message, ReferenceID: ++this.number };
      this.sent.set(this.number, numbered);
      this.own.set(this.number, ReferenceID);
      this.at.send({ Frame: "Request", Number: this.number, Message: numbered });
    }
  }

  event({ Number: number, Message: message }) {
    if (number !== 0 && number <= this.seen) return;
    if (message.ReferenceID !== undefined) {
      const own = this.own.get(message.ReferenceID);
      this.sent.delete(message.ReferenceID);
      this.own.delete(message.ReferenceID);
      if (own === undefined) delete message.ReferenceID;
      else message.ReferenceID = own;
    }
    console.log(JSON.stringify(message));
    if (number > 0) this.seen = number;
    this.flush();
    this.timer ??= setTimeout(() => this.acknowledge(), ACKNOWLEDGE_WITHIN);
  }

  acknowledge() {
    this.timer = undefined;
    if (!this.ready || this.seen === this.acknowledged) return;
    this.acknowledged = this.seen;
    this.at.send({ Frame: "Acknowledge", Number: this.seen });
  }

  // The session ends at the server, too.
  end(code) {
    this.at?.send({ Frame: "Goodbye", Code: "None", Text: "" });
    setTimeout(() => process.exit(code), 50);
  }
}

// ---- The lines that come in.

class Requests {
  constructor(client) {
    Object.assign(this, { client, number: 0, refused: false });
    readline.createInterface({ input: process.stdin }).on("line", (line) => this.take(line));
  }

  take(line) {
    ++this.number;
    if (this.refused || line.trim() === "") return;
    let message;
    try {
      message = JSON.parse(line);
    } catch (error) {
      return this.refuse(error.message);
    }
    if (typeof message?.Request !== "string") return this.refuse("it has no Request");
    this.client.request(message);
  }

  // Nothing that follows is asked: it may have meant the outcome of this one.
  refuse(why) {
    this.refused = true;
    console.error(`line ${this.number} is no request: ${why}; allowed: one object of JSON a line, {"Request":"RequestQueryServer"}`);
    this.client.end(2);
  }
}

const words = process.argv.slice(2), identity = { Application: "watch" };
while (words[0]?.startsWith("--")) {
  const [name, value] = words.splice(0, 2);
  identity[name === "--password" ? "Password" : "Application"] = value;
}
if (words.length === 0) {
  console.error("usage: node watch.mjs [--application NAME] [--password WORD] ws://HOST:PORT/tlib[,ws://HOST:PORT/tlib] [DN...]");
  process.exit(2);
}
const client = new Client(words[0].split(","), identity, words.slice(1));
new Requests(client);
process.on("SIGINT", () => client.end(0));
process.on("SIGTERM", () => client.end(0));
