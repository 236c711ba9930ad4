// pktw-probe: what the disc in a drive is, as PKTW_* properties for udev's IMPORT{program}. Runs inside systemd-udevd's sandbox
// (MemoryDenyWriteExecute: node needs --jitless) at every event of every disc, so it imports only what it needs and
// is gone within 2 s when the drive does not answer. (pktw-look@.service asks again then.)
import { readFileSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { pktwProbe, usageText } from '../artifacts/commands/private.ts'
import type { driveCodes } from '../diagnostics/codes/drive.ts'
import { writerOf } from '../media/backend.ts'
import { type DiscDecision, type DiscState, decide } from '../media/decide.ts'
import { DriveError } from '../mmc/drive-command.ts'
import { examine } from '../mmc/examine.ts'
import { openSg } from '../mmc/sg.ts'
import { type Transport, TransportError } from '../mmc/transport.ts'
import type { Writer } from '../settings/settings.ts'
import { isDriveName, sgNodeOf } from '../system/drive-nodes.ts'

const usage = usageText(pktwProbe)

/** ms that the drive may leave one command unanswered. How fast node itself starts and runs is not the drive's doing. */
const SILENCE_MS = 1_600
/** ms without an answer, wherever we hang then, after which whatever is known is printed. */
const LAST_MS = 1_800
/** ms for everything together, on the slowest machine. */
const TOTAL_MS = 10_000

/** When the drive last answered, or we began; performance.now(). */
let lastAnswer = performance.now()

/** The same drive, watched for answers. */
const watched = (drive: Transport): Transport => ({
  maxTransferBytes: drive.maxTransferBytes,
  ...(drive.device === undefined ? {} : { device: drive.device }),
  close: () => drive.close(),
  execute: async (command) => {
    const reply = await drive.execute(command)
    lastAnswer = performance.now()
    return reply
  },
})

/** Resolves once the drive has been silent for too long. */
const silence = (): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      const left = lastAnswer + LAST_MS - performance.now()
      if (left <= 0) resolve()
      else setTimeout(look, left)
    }
    look()
  })

interface Result extends Omit<DiscDecision, 'reason'> {
  reason: DiscDecision['reason'] | keyof typeof driveCodes
  /** With `ready`. */
  backend?: Writer
}

const failed = (state: DiscState, reason: keyof typeof driveCodes): Result => ({
  state,
  reason,
  writable: false,
})

/**
 * Waits while another command occupies the drive. A write to sg would sleep in the kernel then, and a process with such a sleeper cannot
 * end. Counted by the SCSI layer; a kernel that does not tell is trusted.
 */
async function waitWhileOccupied(name: string, end: number): Promise<boolean> {
  for (;;) {
    try {
      const count = readFileSync(`/sys/class/block/${name}/device/device_busy`, 'utf8')
      if (!(Number.parseInt(count, 10) > 0)) return true
    } catch {
      return true
    }
    if (performance.now() >= end) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function probe(name: string, sgNode: string | undefined, wish: Writer): Promise<Result> {
  const path = sgNode ?? (await sgNodeOf(name))
  if (path === undefined) return failed('error', 'drive.no-sg')
  if (!(await waitWhileOccupied(name, performance.now() + SILENCE_MS)))
    return failed('timeout', 'drive.timeout')
  try {
    const transport = await openSg(path, { device: name })
    const facts = await examine(watched(transport), { deadlineMs: TOTAL_MS, silenceMs: SILENCE_MS })
    const decision = decide(facts)
    return decision.state === 'ready' ? { ...decision, backend: writerOf(wish, decision) } : decision
  } catch (error) {
    if (error instanceof DriveError) return failed('error', 'drive.command-failed')
    if (!(error instanceof TransportError)) throw error
    return failed(error.reason === 'timeout' ? 'timeout' : 'error', `drive.${error.reason}`)
  }
}

/** All values are words and numbers of our own, so nothing needs quoting. A reason is told only when there is something to say. */
function properties(result: Result): Record<string, string> {
  return {
    PKTW_STATE: result.state,
    ...(result.backend === undefined ? {} : { PKTW_BACKEND: result.backend }),
    ...(result.medium === undefined ? {} : { PKTW_MEDIUM: result.medium }),
    ...(result.packetBlocks === undefined ? {} : { PKTW_PACKET: String(result.packetBlocks) }),
    ...(result.blocks === undefined ? {} : { PKTW_BLOCKS: String(result.blocks) }),
    PKTW_WRITABLE: result.writable ? '1' : '0',
    ...(result.reason === 'media.ready' ? {} : { PKTW_REASON: result.reason }),
  }
}

function print(result: Result, json: boolean): void {
  const text = json
    ? `${JSON.stringify(result)}\n`
    : Object.entries(properties(result))
        .map(([key, value]) => `${key}=${value}\n`)
        .join('')
  writeSync(1, text)
}

/**
 * Ends at once. Node's exit joins the threads of its pool: with one of them asleep in the kernel it would never end, so such a process is
 * killed (udev then drops the properties, and the disc is left alone).
 */
function leave(): never {
  if (process.getActiveResourcesInfo().includes('FSReqCallback')) process.kill(process.pid, 'SIGKILL')
  process.exit(0)
}

function misused(why: string): never {
  writeSync(2, `pktw-probe: ${why}\n${usage}`)
  process.exit(2)
}

const isWriter = (name: string): name is Writer => /^(engine|direct|pktcdvd)$/.test(name)

function readArguments(): { name: string; sg: string | undefined; json: boolean; backend: Writer } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        sg: { type: 'string' },
        backend: { type: 'string', default: 'engine' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) {
      writeSync(1, usage)
      process.exit(0)
    }
    const name = (positionals[0] ?? '').replace(/^\/dev\//, '')
    if (positionals.length !== 1 || !isDriveName(name)) misused('give one drive, like /dev/sr0')
    if (values.sg !== undefined && !/^\/dev\/sg[0-9]+$/.test(values.sg)) misused('--sg takes /dev/sgN')
    if (!isWriter(values.backend)) misused('--backend takes engine, direct or pktcdvd')
    return { name, sg: values.sg, json: values.json ?? false, backend: values.backend }
  } catch (error) {
    misused(error instanceof Error ? error.message : 'wrong arguments')
  }
}

const given = readArguments()
const late = silence().then(() => failed('timeout', 'drive.timeout'))
const result = await Promise.race([probe(given.name, given.sg, given.backend), late]).catch(() =>
  failed('error', 'drive.unexpected'),
)
print(result, given.json)
// A descriptor that was given up is still being closed; that takes no time.
setTimeout(leave, result.state === 'timeout' ? 20 : 0)
