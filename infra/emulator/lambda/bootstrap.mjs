/**
 * Runs inside a worker thread, in place of Lambda's Node.js runtime client: loads the handler, then answers one
 * invocation after the other. Plain JavaScript, so that a Worker can load it under any loader of the parent.
 *
 * @import { Failure } from './result.ts'
 * @import { InvokeRequest, Message } from './runtime-thread.ts'
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';

/** Largest answer to a synchronous invocation, in bytes (AWS documentation: 6 MB). */
const MAX_RESPONSE_BYTES = 6 * 1024 * 1024;

if (!parentPort) throw new Error('To be run as a worker thread');
const port = parentPort;
let requestId = '';

/** @param {Message} message */
const post = (message) => port.postMessage(message);
const heapBytes = () => getHeapStatistics().used_heap_size;

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

/**
 * Sends output as messages. A worker's own stdout uses another channel: lines could arrive after the result of the
 * invocation that wrote them, or be lost when the thread is ended.
 */
function redirectOutput() {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk, encoding, callback) => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      post({ type: 'log', text });
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

/** @param {InvokeRequest} request */
function contextOf(request) {
  const env = process.env;
  // On the monotonic clock, because the wall clock may be set while the handler runs.
  const deadlineMs = performance.now() + request.timeoutMs;
  return {
    awsRequestId: request.requestId,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    invokedFunctionArn: workerData.functionArn,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadlineMs - performance.now())),
  };
}

/** @param {Awaited<ReturnType<typeof loadHandler>>} handler @param {InvokeRequest} request */
async function answer(handler, request) {
  requestId = request.requestId;
  process.env._X_AMZN_TRACE_ID = request.traceId;
  try {
    const value = await handler(JSON.parse(request.payload), contextOf(request));
    const payload = JSON.stringify(value) ?? 'null';
    if (Buffer.byteLength(payload) > MAX_RESPONSE_BYTES) {
      const text = `Response payload size exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`;
      throw new RuntimeError('Function.ResponseSizeTooLarge', text);
    }
    post({ type: 'result', payload, heapBytes: heapBytes() });
  } catch (error) {
    post({ type: 'error', heapBytes: heapBytes(), ...toFailure(error) });
  }
}

redirectOutput();
try {
  const handler = await loadHandler();
  port.on('message', (request) => answer(handler, request));
  post({ type: 'ready' });
} catch (error) {
  const failure = toFailure(error);
  if (error instanceof SyntaxError) failure.errorType = 'Runtime.UserCodeSyntaxError';
  else if (error?.code === 'ERR_MODULE_NOT_FOUND') failure.errorType = 'Runtime.ImportModuleError';
  post({ type: 'init-error', ...failure });
}
