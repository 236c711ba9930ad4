// What the engine itself costs: a drive without latency, the journal, the NBD server and its client, in one process. Bundled by
// bench/engine.mjs, once of each revision, and run as the engine is (--jitless). Prints one JSON object.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSession } from '../src/engine/session.ts'
import { Disc, Drive } from '../test/drive/index.ts'
import { RawClient, socketDir } from '../test/nbd/memory.ts'

const MiB = 1024 * 1024
const total = 96 * MiB
/** What the kernel sends of a file that is written from start to end. */
const request = 128 * 1024
const silent = (): void => undefined

const resident = (): number => process.memoryUsage.rss() / MiB

const drive = new Drive({ profile: 'supermulti' })
drive.insert(new Disc({ kind: 'dvd+rw', blocks: 65536 }))
const journalDir = mkdtempSync(path.join(tmpdir(), 'pktw-engine-'))
const { dir, remove } = socketDir()
const session = await startSession({
  drive: 'sr0',
  transport: drive.transport(),
  runtimeDir: dir,
  journalDir,
  diskseq: () => '7',
  log: { error: console.error, warning: silent, info: silent },
})
const client = new RawClient(session.nbdSocket)
await client.go()
const idle = resident()
const data = Buffer.alloc(request)

/** Four requests are under way, as from the kernel. */
async function transfer(type: 0 | 1): Promise<number> {
  const began = performance.now()
  const count = total / request
  const answer = async (): Promise<void> => {
    await client.reply()
    if (type === 0) await client.take(request)
  }
  for (let at = 0; at < count; at++) {
    client.request(type, at * request, request)
    if (type === 1) {
      data.writeUInt32LE(at, 0)
      client.send(data)
    }
    if (at >= 3) await answer()
  }
  for (let at = 0; at < 3; at++) await answer()
  return total / MiB / ((performance.now() - began) / 1000)
}

const toMedium = (): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(path.join(dir, 'control.sock'), () => socket.write('{"do":"flush"}\n'))
    socket.on('error', reject)
    socket.once('data', () => {
      socket.destroy()
      resolve()
    })
  })

const cpu = process.cpuUsage()
const write = await transfer(1)
await toMedium()
const { packetsWritten, packetsDirtied = 0 } = session.status().stats
const used = process.cpuUsage(cpu)
const read = await transfer(0)
const most = process.resourceUsage().maxRSS / 1024
await client.close()
await session.stop('the end')
remove()
rmSync(journalDir, { recursive: true })
const cpuPerMiB = (used.user + used.system) / 1000 / (total / MiB)
console.log(
  JSON.stringify({ write, read, cpuPerMiB, idle, most, perDirtied: packetsWritten / packetsDirtied }),
)
process.exit(0)
