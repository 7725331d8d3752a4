/**
 * Runs in the process of an execution environment, in place of Lambda's Node.js runtime client: loads the handler, then
 * answers one invocation after the other. Plain JavaScript, because it runs on the Node.js of the function's runtime.
 *
 * @import { RequestHead } from './frames.ts'
 * @import { Failure } from './result.ts'
 */
import { isAscii } from 'node:buffer';
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

/** Largest answer to a synchronous invocation, in bytes (AWS documentation: 6 MB). */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;
/** The file descriptors of both directions; `frames.ts` says what goes over them. */
const [REQUESTS, ANSWERS] = [3, 4];
const [REQUEST_HEADER_BYTES, ANSWER_HEADER_BYTES] = [8, 9];
/** What a process ends with after an error that nobody caught, as in Lambda's runtime. */
const [UNCAUGHT_EXCEPTION, UNHANDLED_REJECTION] = [129, 128];

let requestId = '';

/**
 * Not by a stream: what is sent has arrived before the process ends or is stopped, and in this order.
 *
 * @param {'l' | 'p' | 'm'} kind @param {string} text
 */
function send(kind, text) {
  const bytes = Buffer.allocUnsafe(ANSWER_HEADER_BYTES + Buffer.byteLength(text));
  bytes.write(kind, 0, 'latin1');
  bytes.writeUInt32LE(kind === 'l' ? 0 : peakKilobytes(), 1);
  bytes.writeUInt32LE(bytes.length - ANSWER_HEADER_BYTES, 5);
  bytes.write(text, ANSWER_HEADER_BYTES);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(ANSWERS, bytes, sent);
}

/** @param {string} type @param {object} [message] */
const post = (type, message) => send('m', JSON.stringify({ type, ...message }));

/** The most memory that this process has held so far. */
function peakKilobytes() {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]);
  } catch {
    // Another system than Linux. There, Linux' own figure would be that of the process which started this one.
    return process.resourceUsage().maxRSS;
  }
}

class RuntimeError extends Error {
  /** @param {string} name @param {string} message */
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** @type {(thrown: unknown) => Failure & { trace: string }} */
function toFailure(thrown) {
  if (thrown instanceof Error) {
    const { name, message, stack = String(thrown) } = thrown;
    return { errorType: name, errorMessage: message, trace: stack };
  }
  const text = typeof thrown === 'string' ? thrown : format('%j', thrown);
  return { errorType: typeof thrown, errorMessage: text, trace: text };
}

/** Sends output with the answers, so that lines do not arrive after the result of the invocation that wrote them. */
function redirectOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk, encoding, callback) => {
      send('l', typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
      const done = typeof encoding === 'function' ? encoding : callback;
      if (done) process.nextTick(done);
      return true;
    };
  }
  const levels = { log: 'INFO', debug: 'DEBUG', info: 'INFO', warn: 'WARN', error: 'ERROR', trace: 'TRACE' };
  for (const [method, level] of Object.entries(levels)) {
    console[method] = (...values) => {
      const stamp = new Date().toISOString();
      process.stdout.write(`${stamp}\t${requestId || 'undefined'}\t${level}\t${format(...values)}\n`);
    };
  }
}

/** An error that no handler awaits ends the process, and fails the invocation that runs. */
function endByUncaughtErrors() {
  const crash = (status, failure) => {
    post('crash', failure);
    process.exit(status);
  };
  process.on('uncaughtException', (error) => crash(UNCAUGHT_EXCEPTION, toFailure(error)));
  process.on('unhandledRejection', (reason) => {
    const failure = toFailure(reason);
    const errorMessage = reason instanceof Error ? String(reason) : failure.errorMessage;
    crash(UNHANDLED_REJECTION, { ...failure, errorType: 'Runtime.UnhandledPromiseRejection', errorMessage });
  });
}

/** @returns {Promise<(event: unknown, context: unknown) => unknown>} */
async function loadHandler() {
  const [root = '', handlerName = ''] = [process.env.LAMBDA_TASK_ROOT, process.env._HANDLER];
  const dot = handlerName.lastIndexOf('.');
  const [module, name] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const file = ['.mjs', '.js', '.cjs'].map((ext) => join(root, module + ext)).find(existsSync);
  if (!file) {
    throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${module}' in ${root}`);
  }
  const loaded = await import(pathToFileURL(file).href);
  const handler = loaded[name] ?? loaded.default?.[name];
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${handlerName} is undefined or not exported`);
  }
  if (handler.length > 2) {
    // From Node.js 24 on, Lambda rejects handlers with a third parameter, which would be a callback.
    const text =
      'Callback-based handlers are no longer supported: remove the third parameter and return a promise';
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', text);
  }
  return handler;
}

/** @param {RequestHead} head */
function contextOf(head) {
  const env = process.env;
  // On the monotonic clock, because the wall clock may be set while the handler runs.
  const deadlineMs = performance.now() + head.timeoutMs;
  return {
    awsRequestId: head.requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: head.functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadlineMs - performance.now())),
  };
}

/**
 * An event of base64 is ASCII, and megabytes of it need no decoding.
 *
 * @param {Buffer} bytes
 */
const textOf = (bytes) => bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');

/** @param {Awaited<ReturnType<typeof loadHandler>>} handler @param {RequestHead} head @param {Buffer} payload */
async function answer(handler, head, payload) {
  requestId = head.requestId;
  process.env._X_AMZN_TRACE_ID = head.traceId;
  try {
    const value = await handler(JSON.parse(textOf(payload)), contextOf(head));
    const text = JSON.stringify(value) ?? 'null';
    if (Buffer.byteLength(text) > MAX_RESPONSE_BYTES) {
      const message = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      throw new RuntimeError('Function.ResponseSizeTooLarge', message);
    }
    send('p', text);
  } catch (error) {
    post('error', toFailure(error));
  }
}

/**
 * Calls back with each request, whose bytes must be parsed then: they are read to memory that the next one uses again.
 * Megabytes that are new each time would cost more.
 *
 * @param {(head: RequestHead, payload: Buffer) => void} onRequest
 */
function receive(onRequest) {
  const header = Buffer.alloc(REQUEST_HEADER_BYTES);
  let memory = Buffer.alloc(0);
  const take = (length) => {
    if (memory.length < length) memory = Buffer.allocUnsafeSlow(length);
    return memory.subarray(0, length);
  };
  let [target, filled] = [header, 0];
  const callback = (count) => {
    filled += count;
    if (filled < target.length) return true;
    const headLength = header.readUInt32LE(0);
    const whole = target;
    filled = 0;
    target = whole === header ? take(headLength + header.readUInt32LE(4)) : header;
    if (whole !== header) {
      onRequest(JSON.parse(whole.toString('utf8', 0, headLength)), whole.subarray(headLength));
    }
    return true;
  };
  const requests = new Socket({
    ...{ fd: REQUESTS, readable: true, writable: false },
    onread: { buffer: () => target.subarray(filled), callback },
  });
  // The emulator is gone: whatever runs here is for nobody.
  requests.on('close', () => process.kill(process.pid, 'SIGKILL'));
  requests.resume();
}

redirectOutput();
endByUncaughtErrors();
try {
  const handler = await loadHandler();
  receive((head, payload) => void answer(handler, head, payload));
  post('ready');
} catch (error) {
  const failure = toFailure(error);
  if (error instanceof SyntaxError) failure.errorType = 'Runtime.UserCodeSyntaxError';
  else if (error?.code === 'ERR_MODULE_NOT_FOUND') failure.errorType = 'Runtime.ImportModuleError';
  post('init-error', failure);
}
