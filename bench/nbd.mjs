// node bench/nbd.mjs [REVISION] [ROUNDS]: MB/s of the NBD server over an export in memory, as it was at REVISION
// (default HEAD~1) and as it is in the working tree, turn by turn on the same machine. The client's part is in both,
// so what counts is the ratio; and that of the CPU time of the server's process, which other load disturbs less.
import { execFileSync, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const MiB = 1024 * 1024
/** Length of requests, how many are under way, how many in all. */
const loads = [
  { type: 0, name: 'read', length: 4 * MiB, depth: 4, count: 256 },
  { type: 1, name: 'write', length: 4 * MiB, depth: 4, count: 256 },
  { type: 0, name: 'read', length: 65_536, depth: 16, count: 8192 },
  { type: 1, name: 'write', length: 65_536, depth: 16, count: 8192 },
  { type: 0, name: 'read', length: 2048, depth: 64, count: 50_000 },
  { type: 1, name: 'write', length: 2048, depth: 64, count: 50_000 },
]

/** The server's process: argv is the bundled server and the socket. */
async function serve(bundle, socket) {
  const { serveNbd } = await import(bundle)
  const content = Buffer.alloc(16 * MiB)
  await serveNbd({
    path: socket,
    name: 'disc',
    export: {
      sizeBytes: content.length,
      blockSize: 2048,
      preferredBytes: 65_536,
      readOnly: false,
      read: async (offset, length) => [content.subarray(offset, offset + length)],
      write: async () => undefined,
      flush: async () => undefined,
      settle: async () => undefined,
    },
    onProblem: (text) => console.error(text),
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send(user + system)
  })
  process.send('ready')
}

const nextMessage = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', () => reject(new Error('the server ended')))
  })

/** CPU time that the server has used, microseconds. */
function cpuOf(child) {
  child.send('cpu')
  return nextMessage(child)
}

/** One load through one connection; gives MB/s. */
function drive(socket, { type, length, depth, count }) {
  const payload = Buffer.alloc(length, 1)
  const replyBytes = 16 + (type === 0 ? length : 0)
  return new Promise((resolve, reject) => {
    const client = connect(socket)
    let got = -1
    let sent = 0
    let began = 0
    const send = () => {
      const head = Buffer.alloc(28)
      head.writeUInt32BE(0x25609513, 0)
      head.writeUInt16BE(type, 6)
      head.writeBigUInt64BE(BigInt(((sent * length) % (16 * MiB)) & -2048), 16)
      head.writeUInt32BE(length, 24)
      client.cork()
      client.write(head)
      if (type === 1) client.write(payload)
      client.uncork()
      sent++
    }
    const hello = Buffer.alloc(20)
    hello.writeUInt32BE(3, 0)
    hello.write('IHAVEOPT', 4, 'latin1')
    hello.writeUInt32BE(1, 12) // NBD_OPT_EXPORT_NAME, the empty name
    client.write(hello)
    let handshake = 18 + 10
    client.on('error', reject)
    client.on('data', (chunk) => {
      let bytes = chunk.length
      if (handshake > 0) {
        const part = Math.min(handshake, bytes)
        handshake -= part
        bytes -= part
        if (handshake > 0) return
        if (got < 0) {
          got = 0
          began = performance.now()
          while (sent < depth) send()
        }
      }
      got += bytes
      while (sent < count && sent - Math.floor(got / replyBytes) < depth) send()
      if (got < count * replyBytes) return
      resolve((length * count) / 1e6 / ((performance.now() - began) / 1000))
      client.destroy()
    })
  })
}

async function compare(revision, rounds) {
  const { build } = await import('esbuild')
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-bench-'))
  const servers = []
  try {
    mkdirSync(`${dir}/old`)
    const archive = execFileSync('git', ['archive', revision, 'src/nbd'])
    execFileSync('tar', ['x', '-C', `${dir}/old`], { input: archive })
    for (const [name, root] of [
      ['old', `${dir}/old`],
      ['new', '.'],
    ]) {
      const bundle = `${dir}/${name}.mjs`
      const entryPoints = [`${root}/src/nbd/server.ts`]
      await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', format: 'esm' })
      const socket = `${dir}/${name}.sock`
      const child = fork(fileURLToPath(import.meta.url), ['--serve', bundle, socket])
      child.setMaxListeners(0)
      servers.push({ child, socket })
      await nextMessage(child)
    }
    const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
    console.log(`| MB/s, median of ${rounds} | ${revision} | now | ratio | CPU ratio |`)
    console.log('| --- | ---: | ---: | ---: | ---: |')
    for (const load of loads) {
      const rates = [[], []]
      const cpu = [[], []]
      for (let round = -1; round < rounds; round++) {
        for (const [i, { child, socket }] of servers.entries()) {
          const before = await cpuOf(child)
          const rate = await drive(socket, load)
          const used = (await cpuOf(child)) - before
          if (round < 0) continue // warming up
          rates[i].push(rate)
          cpu[i].push(used)
        }
      }
      const [before, now] = rates.map(median)
      const [usedBefore, usedNow] = cpu.map(median)
      const what = `${load.name} ${load.length / 1024} KiB, ${load.depth} under way`
      const ratios = `${(now / before).toFixed(2)} | ${(usedNow / usedBefore).toFixed(2)}`
      console.log(`| ${what} | ${before.toFixed(0)} | ${now.toFixed(0)} | ${ratios} |`)
    }
  } finally {
    for (const { child } of servers) child.kill()
    rmSync(dir, { recursive: true, force: true })
  }
}

const [first, ...rest] = process.argv.slice(2)
if (first === '--serve') await serve(...rest)
else await compare(first ?? 'HEAD~1', Number(rest[0] ?? 5))
