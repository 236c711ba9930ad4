// A bus of the test's own: the real dbus-daemon, and python-dbusmock in the place of what a desktop has on it.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished, type TestContext } from 'vitest'
import { type Bus, connectSession } from '../../src/session/bus.ts'
import { needTools } from '../tools.ts'

/** Debian's; a python of another kind has no dbus. */
const python = '/usr/bin/python3'
const dbusmock = '/usr/lib/python3/dist-packages/dbusmock'

/** A mock on the bus. */
export interface Mock {
  /** Calls that it got, as python-dbusmock writes them down: `Notify "pktw" 0 …`. */
  calls(): string[]
  /** kill -9. */
  kill(): Promise<void>
}

export interface PrivateBus {
  address: string
  /** Below the temporary directory of the bus, for whatever else the test needs. */
  directory: string
  connect(): Promise<Bus>
  /** `template`: one of python-dbusmock's, or a file of test/dbusmock. Resolves once its name is there. */
  mock(template: string, name: string, parameters?: Record<string, unknown>): Promise<Mock>
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))

/** Asks until it says true. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  ms = 20_000,
): Promise<void> {
  for (const end = Date.now() + ms; !(await holds()); await sleep(50))
    if (Date.now() > end) throw new Error(`not within ${ms / 1000} s: ${what}`)
}

/** Skips the test where dbus-daemon or python-dbusmock are not installed. `system`: a bus that mocks of system services take for theirs. */
export async function privateBus(
  context: TestContext,
  kind: 'session' | 'system' = 'session',
): Promise<PrivateBus> {
  needTools(context, 'dbus-daemon', python, dbusmock)
  const directory = mkdtempSync(path.join(tmpdir(), 'pktw-bus-'))
  const address = `unix:path=${directory}/bus`
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', `--address=${address}`], {
    stdio: 'ignore',
  })
  const mocks: ChildProcess[] = []
  const buses: Bus[] = []
  onTestFinished(async () => {
    for (const bus of buses) bus.close()
    for (const child of [...mocks, daemon]) child.kill('SIGKILL')
    await Promise.all([...mocks, daemon].map(ended))
    rmSync(directory, { recursive: true, force: true })
  })
  await until('the bus is there', () => existsSync(`${directory}/bus`))
  const connect = async (): Promise<Bus> => {
    const bus = await connectSession(address)
    buses.push(bus)
    return bus
  }
  // The socket is there a moment before anybody listens.
  let own: Bus | undefined
  await until('the bus answers', async () => {
    own = await connect().catch(() => undefined)
    return own !== undefined
  })

  return {
    address,
    directory,
    connect,
    mock: async (template, name, parameters) => {
      const file = path.resolve('test/dbusmock', `${template}.py`)
      const log = path.join(directory, `${template}-${mocks.length}.log`)
      const given = parameters === undefined ? [] : ['--parameters', JSON.stringify(parameters)]
      const argv = ['-m', 'dbusmock', `--${kind}`, '--logfile', log]
      const child = spawn(python, [...argv, '--template', existsSync(file) ? file : template, ...given], {
        stdio: 'inherit',
        env: {
          ...process.env,
          DBUS_SESSION_BUS_ADDRESS: address,
          DBUS_SYSTEM_BUS_ADDRESS: address,
          PYTHONDONTWRITEBYTECODE: '1',
        },
      })
      mocks.push(child)
      await until(`${name} is on the bus`, async () => {
        if (child.exitCode !== null) throw new Error(`${template} ended with ${child.exitCode}`)
        return own?.hasOwner(name) ?? false
      })
      return {
        calls: () =>
          existsSync(log)
            ? readFileSync(log, 'utf8')
                .split('\n')
                .filter((line) => line !== '')
                .map((line) => line.replace(/^[0-9.]+ /, ''))
            : [],
        kill: async () => {
          child.kill('SIGKILL')
          await ended(child)
        },
      }
    },
  }
}
