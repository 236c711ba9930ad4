// Who is in front of which seat.
import { expect, test } from 'vitest'
import type { RunResult } from '../../src/system/run.ts'
import { seatOf, seatUser } from '../../src/system/seat.ts'

const answers = (more: Record<string, string>) => {
  const asked: string[] = []
  const run = async (program: string, argv: readonly string[]): Promise<RunResult> => {
    const command = [program, ...argv].join(' ')
    asked.push(command)
    const key = Object.keys(more).find((k) => command.startsWith(k))
    return key === undefined
      ? { code: 1, stdout: '', stderr: '' }
      : { code: 0, stdout: more[key] ?? '', stderr: '' }
  }
  return { run, asked }
}

test.each<[string, Record<string, string>, { uid: number; gid: number } | undefined]>([
  [
    'a user',
    { 'loginctl show-seat seat1': '7\n', 'loginctl show-session 7': 'User=1000\nClass=user\n' },
    { uid: 1000, gid: 100 },
  ],
  [
    'a login screen',
    { 'loginctl show-seat seat1': 'c1\n', 'loginctl show-session c1': 'User=110\nClass=greeter\n' },
    undefined,
  ],
  ['nobody', { 'loginctl show-seat seat1': '\n' }, undefined],
  ['no logind', {}, undefined],
])('%s', async (_name, more, wanted) => {
  const { run } = answers({ ...more, 'getent passwd 1000': 'alice:x:1000:100::/home/alice:/bin/sh\n' })
  expect(await seatUser('seat1', run)).toEqual(wanted)
})

test('the seat of a device; what is no name of a seat is not asked for', () => {
  expect(seatOf({ ID_SEAT: 'seat-usb1' })).toBe('seat-usb1')
  expect(seatOf({})).toBe('seat0')
  expect(seatOf({ ID_SEAT: '--help' })).toBe('seat0')
})
