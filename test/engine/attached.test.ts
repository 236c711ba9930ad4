import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isAttached } from '../../src/engine/attached.ts'
import { temporaryRoot } from '../steps/tree.ts'

test.each<[string, Record<string, string>, string[], boolean]>([
  ['attached', { nbd0: 'PKTW_DRIVE=sr0\n' }, ['nbd0'], true],
  ['disconnected', { nbd0: 'PKTW_DRIVE=sr0\n' }, [], false],
  ['of another drive', { nbd0: 'PKTW_DRIVE=sr1\n' }, ['nbd0'], false],
  ['two drives', { nbd0: 'PKTW_DRIVE=sr1\n', nbd1: 'PKTW_DRIVE=sr0\n' }, ['nbd1'], true],
  ['no packet device', { 'nbd0.new': 'PKTW_DRIVE=sr0\n' }, ['nbd0.new'], false],
])('%s', async (_, map, attached, expected) => {
  const root = temporaryRoot()
  mkdirSync(`${root}/map`)
  for (const [device, text] of Object.entries(map)) writeFileSync(`${root}/map/${device}`, text)
  for (const device of attached) {
    mkdirSync(`${root}/block/${device}`, { recursive: true })
    writeFileSync(`${root}/block/${device}/pid`, '1\n')
  }
  expect(await isAttached('sr0', `${root}/map`, `${root}/block`)).toBe(expected)
})

test('no directory of packet devices: not attached', async () => {
  expect(await isAttached('sr0', '/no/such/directory')).toBe(false)
})
