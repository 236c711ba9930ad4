// The program as it is installed, bundled: it ends when it is uninstalled, and says so when another version was installed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, onTestFinished, type TestContext, test } from 'vitest'
import { privateBus, until } from './private-bus.ts'

async function start(
  context: TestContext,
): Promise<{ file: string; child: ChildProcess; code: Promise<unknown> }> {
  const bus = await privateBus(context)
  const notifications = await bus.mock('notification_daemon', 'org.freedesktop.Notifications')
  expect(notifications.calls()).toEqual([])
  const file = path.join(bus.directory, 'pktw-session.mjs')
  cpSync(`${inject('programs')}/pktw-session.mjs`, file)
  writeFileSync(path.join(bus.directory, 'settings.json'), readFileSync('systemd/pktw.settings.json'))
  const child = spawn(process.execPath, [file], {
    stdio: 'inherit',
    env: {
      PATH: process.env.PATH ?? '',
      XDG_RUNTIME_DIR: bus.directory,
      DBUS_SESSION_BUS_ADDRESS: bus.address,
    },
  })
  const code = once(child, 'exit').then(([status]) => status as unknown)
  onTestFinished(() => void child.kill('SIGKILL'))
  const own = await bus.connect()
  const names = { destination: 'org.freedesktop.DBus', path: '/', interface: 'org.freedesktop.DBus' }
  // Ours, the mock's, and the program's.
  await until('it is on the bus', async () => {
    const [list] = await own.call(names, 'ListNames')
    return (list as string[]).filter((name) => name.startsWith(':')).length >= 4
  })
  return { file, child, code }
}

test('uninstalled: it ends', async (context) => {
  const { file, code } = await start(context)
  rmSync(file)
  expect(await code).toBe(0)
})

test.for(['pktw-session.mjs', 'settings.json'])(
  '%s replaced: it ends with what has its unit start it again',
  async (name, context) => {
    const at = await start(context)
    const file = path.join(path.dirname(at.file), name)
    cpSync(file, `${file}.new`)
    renameSync(`${file}.new`, file)
    const ended = await at.code
    const unit = readFileSync('systemd/pktw-session.service', 'utf8')
    expect(unit).toContain(`\nRestartForceExitStatus=${ended}\n`)
  },
)
