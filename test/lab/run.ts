// Runs cases one after the other and reports.
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BootOptions, boot } from './boot.ts'
import { login } from './desktop.ts'
import { LabError } from './host.ts'
import { patient } from './patience.ts'
import { installPackage } from './product.ts'
import type { Machine, Ran } from './qemu.ts'
import { imageName } from './recipe.ts'
import type { Context } from './scenario.ts'
import type { Case } from './scenarios.ts'
import { openStand, type Stand } from './stand.ts'

export interface Options extends BootOptions {
  json: boolean
  /** Stops the progress line. */
  quiet: () => void
}

interface Result {
  id: string
  passed: boolean
  checks: { label: string; ok: boolean; seen: string }[]
  timings: Record<string, number>
  error?: string
  ms: number
}

class Failed extends Error {
  override name = 'Failed'
}

const shown = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))).trim().slice(0, 400)

const contextFor = (
  one: Case,
  options: Options,
  machine: Machine,
  stand: Stand,
  result: Result,
  cleanup: (() => Promise<void>)[],
): Context => {
  const must = async (argv: string[], o = {}): Promise<Ran> => {
    const ran = await machine.exec(argv, o)
    if (ran.code === 0) return ran
    throw new Failed(`${argv.join(' ')}: status ${ran.code}\n${ran.stdout}${ran.stderr}`)
  }
  return {
    suite: options.suite,
    medium: one.medium ?? one.scenario.media?.[0] ?? 'cd-rw',
    guest: machine,
    stand,
    must,
    alice: (argv, o) => must(argv, { ...o, user: 'alice' }),
    login: async () => {
      if (!cleanup.length) cleanup.push((await login(machine)).logout)
    },
    check: (label, ok, seen) => {
      result.checks.push({ label, ok, seen: shown(seen) })
      if (!options.json) {
        options.quiet()
        process.stdout.write(`  ${ok ? 'ok  ' : 'FAIL'} ${label} — ${shown(seen)}\n`)
      }
    },
    waitFor: async (what, probe, timeoutMs) => {
      const end = performance.now() + patient(timeoutMs)
      for (;;) {
        const seen = await probe()
        if (seen !== undefined && seen !== null && seen !== false)
          return seen as Exclude<typeof seen, null | false | undefined>
        if (performance.now() > end) throw new Failed(`not within ${patient(timeoutMs) / 1000} s: ${what}`)
        await delay(100)
      }
    },
    time: (label, ms) => {
      result.timings[label] = Math.round(ms)
    },
  }
}

/** Keeps what explains a failure: journal, udev's database, failed units, the drive's log. */
const keepEvidence = async (one: Case, options: Options, machine: Machine, stand: Stand): Promise<string> => {
  const folder = path.join(options.results, one.id.replaceAll('/', '-'))
  await mkdir(folder, { recursive: true })
  const asks: [string, string[]][] = [
    ['journal.txt', ['journalctl', '--boot', '--output=short-monotonic', '--no-pager']],
    ['udev.txt', ['udevadm', 'info', '--export-db']],
    [
      'units.txt',
      ['systemctl', 'list-units', '--all', '--no-pager', 'pktw*', 'media-*', 'dev-sr*', 'dev-nbd*'],
    ],
    ['mounts.txt', ['findmnt', '--output=TARGET,SOURCE,FSTYPE,OPTIONS']],
  ]
  for (const [name, argv] of asks) {
    const ran = await machine.exec(argv).catch((error: Error) => ({ stdout: '', stderr: error.message }))
    await writeFile(path.join(folder, name), ran.stdout + ran.stderr)
  }
  await writeFile(
    path.join(folder, 'drive.json'),
    JSON.stringify(await stand.order('log', {}).catch(String), undefined, 1),
  )
  return path.relative(process.cwd(), folder)
}

const runCase = async (one: Case, options: Options, machine: Machine, stand: Stand): Promise<Result> => {
  const result: Result = { id: one.id, passed: false, checks: [], timings: {}, ms: 0 }
  const cleanup: (() => Promise<void>)[] = []
  const began = performance.now()
  if (!options.json) process.stdout.write(`${one.id}: ${one.describe}\n`)
  try {
    await one.scenario.run(contextFor(one, options, machine, stand, result, cleanup))
    result.passed = result.checks.length > 0 && result.checks.every((c) => c.ok)
    if (result.checks.length === 0) result.error = 'it checked nothing'
  } catch (error) {
    result.error =
      error instanceof Failed || error instanceof LabError ? error.message : String((error as Error).stack)
  }
  result.ms = Math.round(performance.now() - began)
  if (!result.passed) {
    const where = await keepEvidence(one, options, machine, stand)
    result.error = `${result.error ?? 'a check failed'}\n  evidence: ${where}`
  }
  for (const undo of cleanup) await undo().catch(() => {})
  return result
}

const tell = (result: Result, options: Options): void => {
  options.quiet()
  if (options.json) {
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  for (const [label, ms] of Object.entries(result.timings))
    process.stdout.write(`  time ${label}: ${ms} ms\n`)
  if (result.error) process.stdout.write(`  ${result.error.replaceAll('\n', '\n  ')}\n`)
  process.stdout.write(
    `${result.passed ? 'passed' : 'FAILED'} ${result.id} (${(result.ms / 1000).toFixed(1)} s)\n`,
  )
}

const install = async (machine: Machine): Promise<void> => {
  const ran = await machine.exec(installPackage, { timeoutMs: 180_000 })
  if (ran.code !== 0) throw new LabError(`the product does not install: ${ran.stdout}${ran.stderr}`)
}

/** Runs the cases: those that share a machine first. Resolves with the exit status: 0 all passed, 1 some failed. */
export const runSuite = async (cases: Case[], options: Options): Promise<number> => {
  const results: Result[] = []
  const inMachine = async (group: Case[], desktop: boolean, memoryMiB?: number): Promise<void> => {
    const { machine, bootMs } = await boot({
      ...options,
      desktop,
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
    })
    options.quiet()
    const name = imageName(options.suite, desktop)
    if (!options.json) process.stdout.write(`${name} up in ${(bootMs / 1000).toFixed(1)} s\n`)
    const stand = await openStand(machine)
    let installed = false
    try {
      for (const one of group) {
        if (one.scenario.product !== false && !installed) {
          options.say('installing the product')
          await install(machine)
          installed = true
          options.quiet()
        }
        const result = await runCase(one, options, machine, stand)
        results.push(result)
        tell(result, options)
        await stand.order('reset', {}).catch((error: Error) => {
          process.stderr.write(`the bench is not clear after ${one.id}: ${error.message}\n`)
        })
      }
    } finally {
      await machine.kill()
      await stand.close()
    }
  }
  for (const desktop of [false, true]) {
    const here = cases.filter((c) => (c.scenario.desktop ?? false) === desktop)
    const shared = here.filter((c) => c.scenario.boot !== 'own')
    // Those that install for themselves first: the others want it installed.
    const sorted = [false, true].flatMap((installed) =>
      shared.filter((c) => (c.scenario.product ?? true) === installed),
    )
    if (sorted.length > 0) await inMachine(sorted, desktop)
    for (const one of here.filter((c) => c.scenario.boot === 'own'))
      await inMachine([one], desktop, one.scenario.memoryMiB)
  }
  const failed = results.filter((r) => !r.passed).length
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`)
  return failed === 0 && results.length > 0 ? 0 : 1
}
