import { expect, test } from 'vitest'
import { watch, watchSeconds } from '../../src/cli/watch.ts'
import { Stop } from '../../src/diagnostics/stop.ts'

/** Ctrl-C after so many texts. */
async function watched(texts: string[], inPlace: boolean, rows = 4, columns = 10): Promise<string> {
  let written = ''
  let i = 0
  const produce = async (): Promise<string> => texts[i++] ?? 'too late'
  const out = {
    rows,
    columns,
    write: (text: string) => {
      written += text
      if (i >= texts.length) setImmediate(() => process.emit('SIGINT'))
    },
  }
  await watch(0.01, produce, { inPlace, out })
  return written
}

test('one after the other, until Ctrl-C', async () => {
  expect(await watched(['one', 'two'], false)).toBe('one\ntwo\n')
  expect(process.listenerCount('SIGINT')).toBe(0)
})

test('in place: each over the last, cut to the terminal, and the last in full is left behind', async () => {
  const written = await watched(['first\nsecond', 'a line that is long\n2\n3\n4'], true)
  expect(written).toBe(
    '\x1b[?1049h\x1b[?25l' +
      '\x1b[Hfirst\x1b[K\nsecond\x1b[K\n\x1b[J' +
      '\x1b[Ha line tha\x1b[K\n2\x1b[K\n3\x1b[K\n\x1b[J' +
      '\x1b[?25h\x1b[?1049la line that is long\n2\n3\n4\n',
  )
})

test('a terminal that does not know its size', async () => {
  expect(await watched(['first\nsecond'], true, 0, 0)).toContain('\x1b[Hfirst\x1b[K\nsecond\x1b[K\n\x1b[J')
})

test('what Ctrl-C cuts short is not shown', async () => {
  let written = ''
  const out = { write: (text: string) => (written += text) }
  const produce = async (): Promise<string> => {
    process.emit('SIGINT')
    return 'half of it'
  }
  await watch(1, produce, { inPlace: false, out })
  expect(written).toBe('')
})

test('a failure gives the terminal back', async () => {
  let written = ''
  const out = { write: (text: string) => (written += text) }
  const failing = watch(1, () => Promise.reject(new Error('no')), { inPlace: true, out })
  await expect(failing).rejects.toThrow('no')
  expect(written.endsWith('\x1b[?1049l')).toBe(true)
})

test('seconds', () => {
  expect(['', '0.5', '10'].map(watchSeconds)).toEqual([2, 0.5, 10])
  for (const wrong of ['sr0', '0', '-1', 'Infinity', '1e9', ' x'])
    expect(() => watchSeconds(wrong), wrong).toThrow(Stop)
})
