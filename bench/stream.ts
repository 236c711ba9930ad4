// A sequential copy through the whole engine to a drive that takes its medium's time, on this machine, in one process: does the engine
// keep the medium turning? A copy cannot be faster than the medium, whoever makes it. Bundled and run by bench/stream.mjs.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSession } from '../src/engine/session.ts'
import { Disc, Drive, loadProfile } from '../test/drive/index.ts'
import type { DiscKind } from '../test/drive/kinds.ts'
import { RawClient, socketDir } from '../test/nbd/memory.ts'

const MiB = 1024 * 1024
const total = 32 * MiB
/** What the kernel sends of a file that is written from start to end. */
const request = 128 * 1024
const silent = (): void => undefined

/** Asks the engine for it, as `pktw` would. */
const toMedium = (control: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(control, () => socket.write('{"do":"flush"}\n'))
    socket.on('error', reject)
    socket.once('data', () => {
      socket.destroy()
      resolve()
    })
  })

/** s until a flush after it was answered, and until all of it was on the medium; s that the medium needs for it. */
async function copy(
  kind: DiscKind,
): Promise<{ flushed: number; onMedium: number; medium: number; cpu: number }> {
  const profile = kind === 'bd-re' ? 'bd' : 'supermulti'
  const drive = new Drive({ profile: { ...loadProfile(profile), pace: 1 } })
  drive.insert(new Disc({ kind, blocks: 65536 }))
  const journalDir = mkdtempSync(path.join(tmpdir(), 'pktw-stream-'))
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
  const data = Buffer.alloc(request, 0x5a)
  const cpu = process.cpuUsage()
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1000
  const ask = async (type: number, count: number, length = 0): Promise<void> => {
    for (let at = 0; at < count; at++) {
      client.request(type, at * length, length)
      if (type === 1) client.send(data)
      // Four requests are under way, as from the kernel.
      if (at >= 3) await client.reply()
    }
    for (let at = 0; at < Math.min(3, count); at++) await client.reply()
  }
  await ask(1, total / request, request)
  await ask(3, 1)
  const flushed = seconds()
  await toMedium(`${dir}/control.sock`)
  const onMedium = seconds()
  const used = process.cpuUsage(cpu)
  const perSecond = drive.writeSpeed * 1000 * (kind === 'cd-rw' ? 2048 / 2352 : 1)
  await client.close()
  await session.stop('the end')
  remove()
  rmSync(journalDir, { recursive: true })
  return { flushed, onMedium, medium: total / perSecond, cpu: (used.user + used.system) / 1e6 }
}

process.stdout.write(
  '| medium | flushed, s | on the medium, s | the medium alone, s | CPU, s |\n| --- | ---: | ---: | ---: | ---: |\n',
)
for (const kind of ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'] as const) {
  const row = await copy(kind)
  process.stdout.write(
    `| ${kind} | ${[row.flushed, row.onMedium, row.medium, row.cpu].map((n) => n.toFixed(1)).join(' | ')} |\n`,
  )
}
