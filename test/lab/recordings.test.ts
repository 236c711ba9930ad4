// What automounters asked udisks for in the lab, each by itself (scenario automounters) and all in one session (wayland), kept as text: one mount of
// the packet device, none of the drive.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { callsOf } from './session.ts'

const folder = 'test/lab/fixtures'
const recordings = readdirSync(folder).filter((name) => /^automounter-.*\.txt$/.test(name))

test('there is one of each automounter, and one of a session', () => {
  expect(recordings.sort()).toEqual(
    ['gvfs', 'session', 'thunar-volman', 'udiskie'].map((who) => `automounter-${who}.txt`),
  )
})

describe.each(recordings)('%s', (name) => {
  const text = readFileSync(`${folder}/${name}`, 'utf8')
  test('one mount, of the packet device', () => expect(callsOf(text, 'Mount')).toEqual(['nbd0']))
  test('udisks made a drive for it, at the seat, before it was mounted', () => {
    const made = text.indexOf('drives/PKTW_DVDRAM_EMULATED_pktw_')
    expect(made).toBeGreaterThanOrEqual(0)
    expect(made).toBeLessThan(text.search(/member=Mount$/m))
  })
})
