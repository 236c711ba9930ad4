// A value put into YAML: the rest of the text stays, byte for byte where it can.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Document, parse, parseDocument, stringify } from 'yaml'
import { type Path, withValue } from '../../src/settings/yaml-text.ts'

const put = (text: string, path: Path, value: unknown): string =>
  withValue(text, path, new Document(value).contents as never)

const lists = `a:   # the first
  # above
  - x   # of x

  - y   # of y
  # below
b: { c: 1,
     d: 2 }   # braces
c: [ x, y,  z ]
`

describe('item by item', () => {
  test.each<[string, Path, unknown, string, string]>([
    ['one more', ['a'], ['x', 'y', 'z'], '# of y\n', '# of y\n  - z\n'],
    ['one more in between', ['a'], ['x', 'w', 'y'], '# of x\n', '# of x\n  - w\n'],
    ['one more in front', ['a'], ['w', 'x', 'y'], '  - x ', '  - w\n  - x '],
    ['one less', ['a'], ['y'], '  - x   # of x\n', ''],
    ['another', ['a'], ['x', 'z'], '- y ', '- z '],
    ['by its number', ['a', 0], 'z', '- x ', '- z '],
    ['others', ['a'], ['z', 'w'], '- x   # of x\n\n  - y', '- z   # of x\n\n  - w'],
    [
      'none',
      ['a'],
      [],
      'a:   # the first\n  # above\n  - x   # of x\n\n  - y   # of y\n',
      'a: []   # the first\n  # above\n',
    ],
    ['a key in braces', ['b', 'd'], 3, 'd: 2', 'd: 3'],
    ['one more in braces', ['b', 'e'], [4], 'd: 2', 'd: 2, e: [ 4 ]'],
    ['braces with less', ['b'], { c: 1 }, 'c: 1,\n     d: 2', 'c: 1'],
    ['braces with the last', ['b'], { d: 2 }, 'c: 1,\n     d: 2', 'd: 2'],
    ['brackets with less', ['c'], ['x'], '[ x, y,  z ]', '[ x ]'],
    ['brackets with others', ['c'], ['w', 'z', 'x'], '[ x, y,  z ]', '[ w, z, x ]'],
    ['no braces', ['b'], 5, '{ c: 1,\n     d: 2 }', '5'],
    ['one more at the end', ['f'], { g: [1] }, ',  z ]\n', ',  z ]\nf:\n  g:\n    - 1\n'],
  ])('%s', (_name, path, value, from, to) => {
    const expected = lists.replace(from, to)
    expect(expected).not.toBe(lists)
    expect(put(lists, path, value)).toBe(expected)
    // The same with the line breaks of other systems, and what some editors put in front.
    const other = (text: string) => `\ufeff${text.replaceAll('\n', '\r\n')}`
    expect(put(other(lists), path, value)).toBe(other(expected))
  })
  test.each<[string, string, Path, unknown, string]>([
    ['a text behind |', 'a: |\n  x\n  y\nb: 1\n', ['a'], 'z', 'a: z\nb: 1\n'],
    ['a text of two lines', 'a: "x\n  y"   # of a\nb: 1\n', ['a'], 'z', 'a: z   # of a\nb: 1\n'],
    ['no line break at the end', 'a:\n  - 1', ['a'], [1, 2], 'a:\n  - 1\n  - 2'],
    ['nothing behind a key', 'a:   # mine\nb: 1\n', ['a'], 'z', 'a: z   # mine\nb: 1\n'],
    ['nothing behind a key, and nothing in it', 'a:   # mine\nb: 1\n', ['a'], [], 'a: []   # mine\nb: 1\n'],
    [
      'a list as far left as its key',
      'a:\n- x # 1\n- y # 2\nb: 1\n',
      ['a'],
      ['x', 'y', 'z'],
      'a:\n- x # 1\n- y # 2\n- z\nb: 1\n',
    ],
    [
      'the first key of an item',
      'a:\n  - b: 1 # b\n    c: 2 # c\n',
      ['a', 0],
      { c: 2 },
      'a:\n  - c: 2 # c\n',
    ],
    [
      'an item behind a comment of its own',
      'a:\n  - # one\n    b: 1 # b\n  - # two\n    b: 2\n',
      ['a', 1],
      { b: 3 },
      'a:\n  - # one\n    b: 1 # b\n  - # two\n    b: 3\n',
    ],
    [
      'an item with an anchor goes',
      'a:\n  - x # x\n  - &y y\n  - !!str z # z\n',
      ['a'],
      ['x', 'z'],
      'a:\n  - x # x\n  - !!str z # z\n',
    ],
    [
      'brackets over several lines: the last goes',
      'a: [\n  x, # x\n  y, # y\n  z # z\n]\n',
      ['a'],
      ['x', 'y'],
      'a: [\n  x, # x\n  y, # y\n]\n',
    ],
    [
      'brackets over several lines: the first goes',
      'a: [\n  x, # x\n  # above y\n  y # y\n]\n',
      ['a'],
      ['y'],
      'a: [\n  # above y\n  y # y\n]\n',
    ],
    ['a list that is a section now', 'a: # a\n  - x\n# end\n', ['a'], { b: 1 }, 'a: { b: 1 } # a\n# end\n'],
  ])('%s', (_name, text, path, value, expected) => expect(put(text, path, value)).toBe(expected))
  test('what only a writer of YAML can change is changed all the same', () => {
    const text = '# mine\na: &x [1]\nb: *x\n'
    expect(parse(put(text, ['b'], [1, 2]))).toEqual({ a: [1], b: [1, 2] })
    expect(put(text, ['b'], [1, 2])).toContain('# mine\n')
    const windows = 'a: # mine\r\n  b: !!str x # b\r\n'
    expect(put(windows, ['a', 'b'], 4)).not.toMatch(/\r\r|[^\r]\n/)
  })
})

const scalar = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.constantFrom('x', 'y: z', '- w', '# v', '', "it's", '0644'),
  fc.boolean(),
)
const { value: tree } = fc.letrec<{ value: unknown; list: unknown; map: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, scalar, tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd-e'), tie('value'), { maxKeys: 3 }),
}))
const root = fc.dictionary(fc.constantFrom('a', 'b', 'c'), tree, { minKeys: 1, maxKeys: 3 })

/** Comments behind lines, and lines of them; numbered, so that each can be found again. */
function commented(text: string, where: readonly boolean[]): string {
  let count = 0
  return text
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      const indent = /^ */.exec(line)?.[0] ?? ''
      const above = where[2 * i] ? `${indent}#${++count}#\n` : ''
      return `${above}${line}${where[2 * i + 1] ? `  #${++count}#` : ''}`
    })
    .join('\n')
    .concat('\n')
}

test('whatever is set is what is read; the rest, its comments and its line breaks stay', () => {
  fc.assert(
    fc.property(
      root,
      fc.constantFrom('a', 'b', 'c'),
      fc.option(fc.constantFrom('a', 'd-e', 0, 1), { nil: undefined }),
      tree,
      fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (before, first, second, value, comments, flow, windows, mark) => {
        const plain = commented(
          stringify(before, { lineWidth: 0, collectionStyle: flow ? 'flow' : 'block' }),
          comments,
        )
        const text = `${mark ? '\ufeff' : ''}${windows ? plain.replaceAll('\n', '\r\n') : plain}`
        const path = second === undefined ? [first] : [first, second]
        // A number names no key, and a word no item.
        const above: unknown = before[first]
        if (
          second !== undefined &&
          (typeof above !== 'object' || Array.isArray(above) !== (typeof second === 'number'))
        )
          return
        if (typeof second === 'number' && second > (above as unknown[]).length) return
        const after = put(text, path, value)
        const wanted = parseDocument(plain)
        wanted.setIn(path, wanted.createNode(value))
        expect(parse(after)).toEqual(wanted.toJS())
        expect(after.startsWith('\ufeff')).toBe(mark)
        expect(after.replaceAll('\r\n', '').includes(windows ? '\n' : '\r')).toBe(false)
        // What other keys have is as it was, to the byte; a writer of YAML would have made it its own.
        if (flow) return
        const sections = (some: string) => some.replace(/^\ufeff/, '').split(/^(?=[abc]:)/m)
        const others = sections(text).filter(
          (section) => /^[abc]:/.test(section) && !section.startsWith(`${first}:`),
        )
        // But for comments above the next key, which may be taken for the end of this one.
        for (const section of others)
          expect(after).toContain(section.replace(/(\r?\n#\d+#)+(\r?\n)$/, '$2').trimEnd())
      },
    ),
    { numRuns: 1000 },
  )
})
