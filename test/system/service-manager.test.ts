// What a service says to systemd.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keepWatchdogAlive, watchdogLimit } from '../../src/system/service-manager.ts'
import { needTools } from '../tools.ts'

const socket = '/run/systemd/notify'

test.each([
  [{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '17' }, 60_000],
  [{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '60000000' }, 60_000],
  // Another process of the service is meant.
  [{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '60000000', WATCHDOG_PID: '18' }, undefined],
  [{ NOTIFY_SOCKET: socket }, undefined],
  [{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '0' }, undefined],
  [{ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '1 min' }, undefined],
  [{ WATCHDOG_USEC: '60000000' }, undefined],
  [{}, undefined],
])('%j: beats within %s ms', (environment, expected) => {
  expect(watchdogLimit(environment, 17)).toBe(expected)
})

/** Binds a datagram socket, which Node cannot, and prints what comes. */
const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('ready', flush=True)
for _ in range(2): print(s.recv(4096).decode(), flush=True)
`

test('the beat reaches the socket, and is waited for', async (context) => {
  needTools(context, 'systemd-notify', 'python3')
  const dir = mkdtempSync(path.join(tmpdir(), 'pktw-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const NOTIFY_SOCKET = path.join(dir, 'notify')
  const python = spawn('python3', ['-c', receiver, NOTIFY_SOCKET], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(python, 'close')
  let said = ''
  await new Promise<void>((resolve) => {
    python.stdout.on('data', (data) => {
      said += data
      if (said.startsWith('ready\n')) resolve()
    })
  })
  await keepWatchdogAlive({ NOTIFY_SOCKET }, 60_000)
  await ended
  expect(said).toBe('ready\nWATCHDOG=1\nBARRIER=1\n')
})

test('a socket that nobody reads is an error, and not silence', async (context) => {
  needTools(context, 'systemd-notify')
  await expect(keepWatchdogAlive({ NOTIFY_SOCKET: '/nowhere/notify' }, 60_000)).rejects.toThrow(
    /systemd-notify/,
  )
})
