// Crash or end: what the hooks go by, and that the unit goes by the same.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { goesOn, isOver, parseUnitState, whyOver } from '../../src/hooks/unit.ts'

const unit = 'pktw@sr0.service'
const state = (jobs: string) => parseUnitState(unit, 'ActiveState=deactivating\nResult=signal\n', jobs)
const dying = state('')
const stopping = state('1734 pktw@sr0.service stop running\n1735 pktw@sr1.service start waiting\n')

test('the job of the unit, not of another', () => {
  expect(dying).toEqual({ active: 'deactivating', result: 'signal', job: undefined })
  expect(stopping.job).toBe('stop')
  expect(state('1735 pktw@sr1.service stop waiting\n').job).toBeUndefined()
})

test('an engine that died while it was started goes on, one that was to be stopped or restarted does not', () => {
  const main = { code: 'killed', status: 'KILL' }
  expect(goesOn(main, state('88 pktw@sr0.service start running\n'))).toBe(true)
  expect(goesOn(main, state('88 pktw@sr0.service restart running\n'))).toBe(false)
})

test.each([
  ['killed', 'KILL', true],
  ['dumped', 'SEGV', true],
  ['dumped', 'ABRT', true],
  ['exited', '70', true],
  ['exited', '13', true],
  ['exited', '0', false],
  ['exited', '1', false],
  ['exited', '2', false],
  ['killed', 'TERM', false],
  [undefined, undefined, false],
])('%s with %s: goes on %s', (code, status, expected) => {
  expect(goesOn({ code, status }, dying)).toBe(expected)
  // Whoever asked for a stop gets one, however the engine ends.
  expect(goesOn({ code, status }, stopping)).toBe(false)
})

test('the unit starts it again for the same ends', () => {
  const text = readFileSync('systemd/pktw@.service', 'utf8')
  const forced = /^RestartForceExitStatus=(.*)$/m.exec(text)?.[1]?.split(' ') ?? []
  expect(forced).toContain('70')
  expect(forced).toContain('SIGKILL')
  for (const end of forced) {
    const main = end.startsWith('SIG')
      ? { code: 'killed', status: end.slice(3) }
      : { code: 'exited', status: end }
    expect([end, goesOn(main, dying)]).toEqual([end, true])
  }
  expect(text).toMatch(/^Restart=no$/m)
})

test('an engine that the watchdog ends is started again', () => {
  const text = readFileSync('systemd/pktw@.service', 'utf8')
  expect(text).toMatch(/^WatchdogSec=60$/m)
  expect(text).toMatch(/^TimeoutAbortSec=10$/m)
  // The beat comes from a child of the engine.
  expect(text).toMatch(/^NotifyAccess=all$/m)
  // WatchdogSignal= is SIGABRT unless told otherwise, and SIGKILL follows.
  expect(text).not.toMatch(/^WatchdogSignal=/m)
  const forced = /^RestartForceExitStatus=(.*)$/m.exec(text)?.[1]?.split(' ') ?? []
  expect(forced).toEqual(expect.arrayContaining(['SIGABRT', 'SIGKILL']))
})

test.each([
  ['failed', true],
  ['inactive', true],
  ['activating', false],
  ['active', false],
  ['deactivating', false],
  ['', false],
])('%s: over %s', (active, expected) => expect(isOver({ ...dying, active })).toBe(expected))

test('why it is over', () => {
  expect(whyOver({ ...dying, result: 'start-limit-hit' })).toContain('too often within a minute')
  expect(whyOver({ ...dying, result: 'exit-code' })).toContain('(exit-code)')
})
