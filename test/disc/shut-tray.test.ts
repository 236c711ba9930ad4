// Why the tray stayed shut, from the hook that knows to whoever is asked.
import { expect, test } from 'vitest'
import { diagnose } from '../../src/diagnostics/catalogue.ts'
import { formatShutTray, parseShutTray, shutTray, shutTrayPath } from '../../src/disc/shut-tray.ts'
import { machine } from '../cli/machine.ts'

const why = diagnose('eject.not-on-disc', { drive: 'sr0', why: '3/0C/00' })
const written = formatShutTray('7', why)

test('what was written is read again, of this disc only', () => {
  expect(parseShutTray(written, '7')).toEqual(why)
  expect(parseShutTray(written, '8')).toBeUndefined()
})

test.each([
  ['nothing', ''],
  ['no JSON', 'the tray'],
  ['no object', '7'],
  ['a code that is none of ours', written.replace('eject.not-on-disc', 'eject.because')],
  ['a code that is one of every object', written.replace('eject.not-on-disc', 'constructor')],
  ['no message', '{"diskseq":"7","code":"eject.not-on-disc"}'],
  ['far too much', written.replace('3/0C/00', 'x'.repeat(5000))],
])('%s says nothing', (_, text) => {
  expect(parseShutTray(text, '7')).toBeUndefined()
})

test('is found where the hook writes it', async () => {
  const disc = { '/sys/class/block/sr0/diskseq': '7\n' }
  expect(await shutTray(machine({ ...disc, [shutTrayPath('sr0')]: written }), 'sr0')).toEqual(why)
  expect(await shutTray(machine(disc), 'sr0')).toBeUndefined()
  expect(await shutTray(machine({ [shutTrayPath('sr0')]: written }), 'sr0')).toBeUndefined()
})
