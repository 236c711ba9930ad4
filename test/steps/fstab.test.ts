import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addLine,
  editedEntry,
  fstabBytes,
  fstabEntries,
  fstabText,
  hasLine,
  removeLine,
} from '../../src/steps/fstab.ts'

const line = '/dev/pktcdvd/pktcdvd0 /media/cdvdrw udf noauto,noatime 0 0'
const second = '/dev/pktcdvd/pktcdvd1 /media/cdvdrw1 udf noauto,noatime 0 0'

/** Files of any bytes, and files put together of what trips parsers of lines. */
const anyFile = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc
    .array(
      fc.constantFrom(
        '\n',
        '\r\n',
        '\r',
        '\0',
        '#',
        ' ',
        '\t',
        line,
        second,
        `${line}\r`,
        'UUID=1 / ext4',
        '\xff',
      ),
      {
        maxLength: 40,
      },
    )
    .map((parts) => Buffer.from(parts.join(''), 'latin1')),
)

test('lines that were added can be taken out again, and every other byte stays', () => {
  fc.assert(
    fc.property(anyFile, fc.boolean(), (bytes, firstFirst) => {
      const before = fstabText(bytes)
      const added = [line, second].reduce(addLine, before)
      expect(hasLine(added, line) && hasLine(added, second)).toBe(true)
      const order = firstFirst ? [line, second] : [second, line]
      expect(fstabBytes(order.reduce(removeLine, added)).equals(Buffer.from(bytes))).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a long file keeps its bytes', () => {
  const before = `${'UUID=0 /a ext4 defaults 0 1\r\n'.repeat(50_000)}no newline at the end`
  expect(removeLine(addLine(before, line), line)).toBe(before)
})

test('the line is found after an editor gave the file carriage returns', () => {
  expect(removeLine(`a\r\n${line}\r\nb\r\n`, line)).toBe('a\r\nb\r\n')
})

test('a line that only begins like ours stays', () => {
  expect(removeLine(`${line} \n`, line)).toBe(`${line} \n`)
  expect(hasLine(`#${line}\n`, line)).toBe(false)
})

test('entries have their place, and escapes are undone', () => {
  const text = '# x / y\n\n\t/dev/sr0  /media/my\\040disc/ udf ro 0 0\r\nproc /proc proc\nonly\n'
  expect(fstabEntries(text)).toEqual([
    {
      line: 3,
      column: 12,
      text: '\t/dev/sr0  /media/my\\040disc/ udf ro 0 0',
      source: '/dev/sr0',
      target: '/media/my disc',
    },
    { line: 4, column: 6, text: 'proc /proc proc', source: 'proc', target: '/proc' },
  ])
})

test.each([
  [line, undefined],
  [`x\n${line.replace('noatime', 'noatime,noexec')}\r\n`, 2],
  [line.replace(/ /g, '\t').replace('udf', 'auto'), 1],
  [line.replace('pktcdvd0', 'pktcdvd1'), undefined],
  [line.replace('/media/cdvdrw', '/media/other'), undefined],
  [`#${line}`, undefined],
  [`${line}\n${line.replace('udf', 'auto')}`, undefined],
])('%j: our line as somebody has edited it is in line %s', (text, at) => {
  expect(editedEntry(text, line)?.line).toBe(at)
})
