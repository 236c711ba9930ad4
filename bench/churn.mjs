// node bench/churn.mjs [MINUTES] [MB/S]: does the engine grow? Its real session in a process of its own, which holds nothing else,
// against the emulated drive in this one; driven over nbd.sock with writes, reads that are compared, flushes and trims all over
// the disc, and its resident size noted. Ends with 1 when something read was wrong, or the second half was the bigger one.
import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const block = 2048
/** 256 MiB, which is many times what the engine may keep. */
const blocks = 131_072
/** The second half may be this much bigger than the first: what a garbage collector makes of the same load. */
const tolerated = 1.05

/** Calls `take(header, payload)` for each message of: length of the header, header as JSON, `bytes` of payload. */
function messages(socket, take) {
  let got = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
    while (got.length >= 4) {
      const end = 4 + got.readUInt32BE(0)
      if (got.length < end) return
      const header = JSON.parse(got.subarray(4, end).toString())
      if (got.length < end + header.bytes) return
      const payload = Buffer.from(got.subarray(end, end + header.bytes))
      got = got.subarray(end + header.bytes)
      take(header, payload)
    }
  })
}

function send(socket, header, pieces) {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
  const text = Buffer.from(JSON.stringify({ ...header, bytes }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  socket.cork()
  socket.write(length)
  socket.write(text)
  for (const piece of pieces) socket.write(piece)
  socket.uncork()
}

/** The engine's process: argv is its bundle, the directory for everything, the drive's socket. */
async function engine(bundle, dir, driveSocket) {
  const { piecesOf, startSession, TransportError } = await import(bundle)
  const socket = connect(driveSocket)
  const waiting = []
  messages(socket, ({ status, sense, failed }, data) => {
    const { resolve, reject } = waiting.shift()
    if (failed === undefined) resolve({ status, ...(sense === undefined ? {} : { sense }), data })
    else reject(new TransportError(failed.reason, failed.message))
  })
  const say = (text) => console.log(`  engine: ${text}`)
  const session = await startSession({
    drive: 'sr0',
    transport: {
      maxTransferBytes: 120 * 1024,
      execute: (command) =>
        new Promise((resolve, reject) => {
          waiting.push({ resolve, reject })
          const { dataIn, dataOut, timeoutMs } = command
          const cdb = Buffer.from(command.cdb).toString('hex')
          send(socket, { cdb, dataIn, timeoutMs, out: dataOut !== undefined }, piecesOf(command))
        }),
      close: async () => socket.destroy(),
    },
    runtimeDir: dir,
    diskseq: () => '7',
    log: { error: say, warning: say, info: say },
    journalDir: `${dir}/journal`,
    recordDir: `${dir}/records`,
    boot: 'churn',
  })
  process.on('message', async (what) => {
    if (what === 'status') return process.send({ ...session.status(), memory: process.memoryUsage() })
    process.send(await session.stop('the end'))
    process.disconnect()
  })
  process.send(session.nbdSocket)
}

const nextMessage = (child) =>
  new Promise((resolve, reject) => {
    const exited = () => reject(new Error('the engine ended'))
    child.once('exit', exited)
    child.once('message', (message) => {
      child.off('exit', exited)
      resolve(message)
    })
  })

/** The drive's end of the socket. */
function serveDrive(transport, socketPath) {
  const server = createServer((socket) => {
    messages(socket, ({ cdb, dataIn, timeoutMs, out }, payload) => {
      const command = {
        cdb: Buffer.from(cdb, 'hex'),
        dataIn,
        timeoutMs,
        ...(out ? { dataOut: payload } : {}),
      }
      transport.execute(command).then(
        ({ status, sense, data }) => send(socket, { status, sense }, [data]),
        ({ reason, message }) => send(socket, { failed: { reason, message } }, []),
      )
    })
    socket.on('error', () => undefined)
  })
  return new Promise((resolve) => server.listen(socketPath, () => resolve(server)))
}

/** An NBD client: requests side by side, each a promise of its data. */
function attach(socketPath) {
  const socket = connect(socketPath)
  const waiting = new Map()
  let next = 1n
  let got = Buffer.alloc(0)
  let ready = () => undefined
  let handshake = 18 + 10
  socket.on('data', (chunk) => {
    got = got.length === 0 ? chunk : Buffer.concat([got, chunk])
    if (handshake > 0) {
      if (got.length < handshake) return
      got = got.subarray(handshake)
      handshake = 0
      ready()
    }
    while (got.length >= 16) {
      const handle = got.readBigUInt64BE(8)
      const { length, resolve, reject } = waiting.get(handle)
      const error = got.readUInt32BE(4)
      const data = error === 0 ? length : 0
      if (got.length < 16 + data) return
      waiting.delete(handle)
      const payload = Buffer.from(got.subarray(16, 16 + data))
      got = got.subarray(16 + data)
      if (error === 0) resolve(payload)
      else reject(new Error(`NBD error ${error}`))
    }
  })
  const hello = Buffer.alloc(20)
  hello.writeUInt32BE(3, 0)
  hello.write('IHAVEOPT', 4, 'latin1')
  hello.writeUInt32BE(1, 12) // NBD_OPT_EXPORT_NAME, the empty name
  socket.write(hello)
  const request = (type, offset, length, payload, flags = 0) =>
    new Promise((resolve, reject) => {
      const head = Buffer.alloc(28)
      head.writeUInt32BE(0x25609513, 0)
      head.writeUInt16BE(flags, 4)
      head.writeUInt16BE(type, 6)
      head.writeBigUInt64BE(next, 8)
      head.writeBigUInt64BE(BigInt(offset), 16)
      head.writeUInt32BE(length, 24)
      waiting.set(next++, { length: type === 0 ? length : 0, resolve, reject })
      socket.cork()
      socket.write(head)
      if (payload !== undefined) socket.write(payload)
      socket.uncork()
    })
  return new Promise((resolve) => {
    ready = () => resolve({ request, close: () => socket.destroy() })
  })
}

/** Writes, reads, flushes, trims until `end`, at `rate` bytes a second; gives the bytes written and read. */
async function churn({ request }, rate, end, model, count) {
  let seed = 20_260_101
  const random = (below) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  /** Blocks whose content nobody promises: trimmed, and not written since. */
  const unknown = new Uint8Array(blocks)
  const began = performance.now()
  for (let round = 1; performance.now() < end; round++) {
    const work = []
    for (let n = 0; n < 6; n++) {
      // Now and then a long one; mostly what a file system writes.
      const length = random(10) === 0 ? 256 + random(256) : 1 + random(48)
      const at = random(blocks - length)
      const data = Buffer.alloc(length * block, `${seed} ${round} ${n} `)
      data.copy(model, at * block)
      unknown.fill(0, at, at + length)
      work.push(request(1, at * block, data.length, data, random(50) === 0 ? 1 : 0))
      count.written += data.length
    }
    await Promise.all(work)
    if (random(20) === 0) {
      const at = random(blocks - 512)
      const length = 1 + random(512)
      unknown.fill(1, at, at + length)
      await request(4, at * block, length * block)
    }
    const reads = Array.from({ length: 3 }, async () => {
      const length = 1 + random(64)
      const at = random(blocks - length)
      const data = await request(0, at * block, length * block)
      count.read += data.length
      for (let i = 0; i < length; i++) {
        const from = (at + i) * block
        const same = data.compare(model, from, from + block, i * block, (i + 1) * block) === 0
        if (!same && unknown[at + i] === 0) throw new Error(`block ${at + i} is not what was written`)
      }
    })
    await Promise.all(reads)
    if (random(8) === 0) await request(3, 0, 0)
    const ahead = ((count.written + count.read) / rate) * 1000 - (performance.now() - began)
    if (ahead > 0) await sleep(ahead)
  }
}

const residentOf = (pid) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const MB = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)[1]) / 1024
  return { now: MB('VmRSS'), anonymous: MB('RssAnon'), most: MB('VmHWM') }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function run(minutes, rate) {
  const { build } = await import('esbuild')
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-churn-'))
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
  const common = { bundle: true, platform: 'node', format: 'esm', target: 'node20.19' }
  const contents =
    "export { startSession } from './src/engine/session.ts'; export { piecesOf, TransportError } from './src/mmc/transport.ts'"
  await build({ ...common, stdin: { contents, resolveDir: root }, outfile: `${dir}/engine.mjs` })
  await build({ ...common, entryPoints: [`${root}/test/drive/index.ts`], outfile: `${dir}/drive.mjs` })
  const { Disc, Drive } = await import(`${dir}/drive.mjs`)
  const drive = new Drive({ profile: 'supermulti' })
  const disc = new Disc({ kind: 'dvd+rw', blocks })
  drive.insert(disc)
  const server = await serveDrive(drive.transport(), `${dir}/drive.sock`)
  mkdirSync(`${dir}/run`)
  const argv = ['--engine', `${dir}/engine.mjs`, `${dir}/run`, `${dir}/drive.sock`]
  const unit = readFileSync(`${root}/systemd/pktw@.service`, 'utf8')
  const set = /^Environment=(.*)$/m.exec(unit)[1].split(' ')
  const env = { ...Object.fromEntries(set.map((one) => one.split('='))), ...process.env }
  const execArgv = /^ExecStart=\S+ ((?:--\S+ )+)/m.exec(unit)[1].trim().split(' ')
  const child = fork(fileURLToPath(import.meta.url), argv, { env, execArgv })
  try {
    const client = await attach(await nextMessage(child))
    const count = { written: 0, read: 0 }
    const samples = []
    const end = performance.now() + minutes * 60_000
    const began = performance.now()
    console.log(
      '| minute | RSS MB | anonymous | heap | buffers | dirty packets | packets written | MB written |',
    )
    console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |')
    const sampler = setInterval(
      async () => {
        const { now, anonymous } = residentOf(child.pid)
        const minute = (performance.now() - began) / 60_000
        child.send('status')
        const { memory, stats } = await nextMessage(child)
        samples.push({ minute, now })
        const inMB = (bytes) => (bytes / 1e6).toFixed(0)
        const of = [minute.toFixed(1), now.toFixed(0), anonymous.toFixed(0), inMB(memory.heapUsed)]
        const rest = [inMB(memory.arrayBuffers), stats.dirty, stats.packetsWritten, inMB(count.written)]
        console.log(`| ${[...of, ...rest].join(' | ')} |`)
      },
      Math.min(60_000, (minutes * 60_000) / 20),
    )
    await churn(client, rate, end, Buffer.alloc(blocks * block), count)
    clearInterval(sampler)
    await sleep(1_000)
    const { most } = residentOf(child.pid)
    client.close()
    child.send('stop')
    const ended = await nextMessage(child)
    const half = (which) => samples.filter(({ minute }) => which(minute >= minutes / 2)).map(({ now }) => now)
    const [first, second] = [half((late) => !late), half((late) => late)]
    const told = (of) => `median ${median(of).toFixed(0)} MB, most ${Math.max(...of).toFixed(0)} MB`
    console.log(`first half: ${told(first)}; second half: ${told(second)}; VmHWM ${most.toFixed(0)} MB`)
    console.log(
      `written ${(count.written / 1e6).toFixed(0)} MB, read and compared ${(count.read / 1e6).toFixed(0)} MB`,
    )
    console.log(`the session's end: ${JSON.stringify(ended)}`)
    const grown = median(second) > median(first) * tolerated
    console.log(grown ? 'it grows' : 'it does not grow')
    process.exitCode = grown || ended.exitCode !== 0 ? 1 : 0
  } finally {
    child.kill()
    server.close()
    rmSync(dir, { recursive: true, force: true })
  }
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--engine') await engine(...rest)
else await run(Number(first ?? 60), Number(rest[0] ?? 1.5) * 1e6)
