import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { dropIn } from '../../src/hooks/mount-unit.ts'
import { claimState, driveName, removeState, writeState } from '../../src/hooks/state.ts'
import { temporaryRoot } from '../steps/tree.ts'

test.each(['sr0', '/dev/sr12'])('%s is a drive', (name) =>
  expect(driveName(name)).toBe(name.replace('/dev/', '')),
)

test.each([
  undefined,
  '',
  'sda',
  'sr',
  'sr0;reboot',
  '../sr0',
  '/dev/../sr0',
  'sr0\n',
  'sr12345',
  '/dev//sr0',
])('%j is no drive', (name) => expect(() => driveName(name)).toThrow(/not an optical drive/))

test('of many that want the same place one gets it, whole', async () => {
  const place = path.join(temporaryRoot(), 'map/nbd0')
  const won = await Promise.all([0, 1, 2, 3].map((i) => claimState(place, `PKTW_DRIVE=sr${i}\n`)))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(readFileSync(place, 'utf8')).toBe(`PKTW_DRIVE=sr${won.indexOf(true)}\n`)
  await removeState(place)
  expect(await claimState(place, 'x')).toBe(true)
  await writeState(place, 'y')
  expect(readFileSync(place, 'utf8')).toBe('y')
  expect(readdirSync(path.dirname(place))).toEqual(['nbd0'])
})

test('the drop-in orders the mount after its drive, without stopping it at a crash, and doubles specifiers', () => {
  const text = dropIn('sr1', ['rw', 'noatime', 'iocharset=50%'], false)
  expect(text).toContain('\n[Unit]\nAfter=pktw@sr1.service\n\n[Mount]\n')
  expect(text).toContain('Options=rw,noatime,iocharset=50%%\n')
})

test('with an automount the drop-in keeps the mount from being made while the disc is let go of', () => {
  expect(dropIn('sr1', ['rw'], true)).toContain(
    '\nConditionPathExists=!/run/pktw/leaving/sr1\nStartLimitIntervalSec=0\n\n[Mount]\n',
  )
})

test('pktw-hook says what it cannot do, without a stack', () => {
  const out = `${inject('programs')}/pktw-hook.mjs`
  const run = (...argv: string[]): { code: number; text: string } => {
    try {
      return { code: 0, text: execFileSync(process.execPath, [out, ...argv], { encoding: 'utf8' }) }
    } catch (error) {
      const e = error as { status: number; stdout: string; stderr: string }
      return { code: e.status, text: e.stdout + e.stderr }
    }
  }
  expect(run('--help')).toMatchObject({ code: 0, text: expect.stringContaining('example:') })
  expect(run('map', 'sr0')).toEqual({
    code: 2,
    text: '<3>pktw-hook: unknown verb "map"; see pktw-hook --help\n',
  })
  expect(run('claim', 'sda')).toEqual({
    code: 1,
    text: '<3>"sda" is not an optical drive: give sr0, sr1, …\n',
  })
  expect(run('constructor', 'sr0').code).toBe(2)
})
