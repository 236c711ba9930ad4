// Every escaper, by property: what the grammar reads is the value that was given, or the value was refused.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import * as escapers from '../../src/render/escape.ts'
import {
  readExecLine,
  readFstabLine,
  readRoffLine,
  readRoffText,
  readTmpfilesLine,
  readUdevLine,
  readUnitValue,
  readXml,
  splitUdevCommand,
  substituteUdev,
  udevPattern,
} from './grammars.ts'

/** Text that is likely to break something. */
const nasty = fc
  .array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.constantFrom(...'"\'\\$%#&<>;,|*?[]{}()= \t\n\r\0\u001b\u0085\u2028\ufeff\ud800äß漢💿'),
      },
      { weight: 3, arbitrary: fc.string({ maxLength: 4 }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('$$', '%%', '\\"', 'GOTO=', '%i', '$env{A}', ' #', '\\040', '-->'),
      },
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))

/** The escaped text, or undefined when it was refused. */
const attempt = (escaper: (value: string) => string, value: string): string | undefined => {
  try {
    return escaper(value)
  } catch (error) {
    if (error instanceof escapers.EscapeError) return undefined
    throw error
  }
}

/** Runs the property, and sees to it that enough values are accepted for it to mean something. */
const roundTrip = (
  escaper: (value: string) => string,
  read: (escaped: string) => string,
  least = 50,
): void => {
  let accepted = 0
  fc.assert(
    fc.property(nasty, (value) => {
      const escaped = attempt(escaper, value)
      if (escaped === undefined) return
      accepted++
      expect(read(escaped)).toBe(value)
    }),
    { numRuns: 600 },
  )
  expect(accepted).toBeGreaterThan(least)
}

test('udev: an assigned value', () => {
  roundTrip(escapers.udev, (text) => {
    const tokens = readUdevLine(`ENV{A}=="?*", GROUP="${text}", GOTO="end"`)
    expect(tokens.map((t) => t.key)).toEqual(['ENV{A}', 'GROUP', 'GOTO'])
    return substituteUdev(tokens[1]!.value)
  })
})

test('udev: a literal match holds for the value and for no other', () => {
  fc.assert(
    fc.property(nasty, nasty, (value, other) => {
      const escaped = attempt(escapers.udevMatch, value)
      if (escaped === undefined) return
      const [token] = readUdevLine(`ENV{ID_MODEL}=="${escaped}"`)
      const pattern = udevPattern(token!.value)
      expect(pattern.test(value)).toBe(true)
      if (other !== value) expect(pattern.test(other)).toBe(false)
    }),
    { numRuns: 600 },
  )
})

test('udev: a pattern stays one token, unchanged', () => {
  roundTrip(escapers.udevGlob, (text) => {
    const tokens = readUdevLine(`ENV{ID_MODEL}=="${text}", GOTO="end"`)
    expect(tokens).toHaveLength(2)
    return tokens[0]!.value
  })
})

test('udev: one word of a command line', () => {
  roundTrip(escapers.udevArg, (text) => {
    const [token] = readUdevLine(`IMPORT{program}="${text} --flag $$devnode"`)
    const words = splitUdevCommand(token!.value)
    expect(words.slice(1)).toEqual(['--flag', '$$devnode'])
    return substituteUdev(words[0]!)
  })
})

test('udev: a unit or path in SYSTEMD_WANTS', () => {
  roundTrip(escapers.udevWants, (text) => {
    const [token] = readUdevLine(`ENV{SYSTEMD_WANTS}+="${text}"`)
    const words = splitUdevCommand(substituteUdev(token!.value))
    expect(words).toHaveLength(1)
    return words[0]!
  })
})

test('unit: a value', () => {
  roundTrip(escapers.unit, (text) => {
    expect(text).not.toContain('\n')
    return readUnitValue(text)
  })
})

test('unit: one word of a command line', () => {
  roundTrip(escapers.unitArg, (text) => {
    const words = readExecLine(`/usr/bin/node ${text} %%I`)
    expect(words).toHaveLength(3)
    return words[1]!
  })
})

test('fstab: a field', () => {
  roundTrip(escapers.fstab, (text) => {
    const fields = readFstabLine(`${text} /mnt udf noauto 0 0`)
    expect(fields.slice(1)).toEqual(['/mnt', 'udf', 'noauto', '0', '0'])
    return fields[0]!
  })
})

test('XML: text and attribute', () => roundTrip(escapers.xml, readXml))

test('tmpfiles: a path', () => {
  roundTrip(escapers.tmpfiles, (text) => {
    const words = readTmpfilesLine(`d ${text} 0755 root root -`)
    expect([words[0], ...words.slice(2)]).toEqual(['d', '0755', 'root', 'root', '-'])
    return words[1]!
  })
})

test('roff: text on a line of its own, and in quotes', () => {
  roundTrip(escapers.roff, (text) => {
    expect(text).not.toContain('\n')
    expect(readRoffLine(`.TH "${text}" "7"`)).toHaveLength(2)
    return readRoffText(text)
  })
})

test('shell: a word is itself, or refused', () => {
  const read = (text: string) => (/^[A-Za-z0-9_./:@%+-]+$/.test(text) ? text : 'no plain word')
  let accepted = 0
  fc.assert(
    fc.property(fc.string({ maxLength: 3 }), (value) => {
      const text = attempt(escapers.shell, value)
      if (text === undefined) return
      accepted++
      expect(read(text)).toBe(value)
    }),
    { numRuns: 600 },
  )
  expect(accepted).toBeGreaterThan(50)
})

test('YAML: a string', () => {
  roundTrip(escapers.yaml, (text) => {
    expect(text).not.toMatch(/[\n\u2028]/)
    return parseYaml(`key: ${text} # after`).key
  })
})

test('JavaScript: a string literal of ECMAScript 5', () => {
  let seen = 0
  fc.assert(
    fc.property(nasty, (value) => {
      const text = escapers.js(value)
      expect(text).toMatch(/^"(?:[^"\\\n\r\u2028\u2029]|\\["\\/bfnrt]|\\u[0-9a-f]{4})*"$/)
      expect(JSON.parse(text)).toBe(value)
      seen++
    }),
  )
  expect(seen).toBeGreaterThan(50)
})

describe('refused, with the reason', () => {
  const named = { ...escapers }
  test.each([
    ['udev', 'a"b', 'holds a double quote'],
    ['udev', 'a\\', 'ends in a backslash'],
    ['udev', 'a\nb', 'holds a control character'],
    ['udevMatch', 'a|b', 'holds a vertical bar'],
    ['udevArg', "a'b", 'holds a single quote'],
    ['udevArg', '', 'is empty'],
    ['udevWants', 'a\\x2db.mount', 'holds a quote or a backslash'],
    ['unit', 'a\\', 'ends in a backslash'],
    ['unit', ' a', 'begins or ends with white space'],
    ['unitArg', 'a\nb', 'holds a control character'],
    ['fstab', '', 'is empty'],
    ['xml', 'a\u0000', 'holds a character XML forbids'],
    ['tmpfiles', 'a\nb', 'holds a control character'],
    ['roff', 'a\nb', 'holds a control character'],
    ['isoDate', '2026-1-2', 'is not written YYYY-MM-DD'],
    ['isoDate', '2026-01-02\n.so x', 'is not written YYYY-MM-DD'],
    ['shell', '', 'is empty'],
    ['shell', 'a b', 'holds a character that shells take for their own'],
    ['yaml', '\ud800', 'is not well-formed Unicode'],
  ] as const)('%s %j', (name, value, reason) => {
    expect(() => named[name](value)).toThrow(reason)
  })
})
