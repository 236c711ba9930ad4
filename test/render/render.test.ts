import { describe, expect, test } from 'vitest'
import { EscapeError } from '../../src/render/escape.ts'
import { render, TemplateError } from '../../src/render/render.ts'
import { loadTemplates, templatesDirectory } from '../../src/render/templates.ts'

const template = (text: string) => ({ name: 't', file: 'templates/t.hbs', text })
const failure = (text: string, data: Record<string, unknown>): unknown => {
  try {
    return render(template(text), data)
  } catch (error) {
    return error
  }
}

test('what HTML would escape is left as it is', () => {
  expect(render(template('a="{{udev v}}"\n'), { v: `x='&<>=\`` })).toBe(`a="x='&<>=\`"\n`)
})

test('lines of blocks leave no trace', () => {
  expect(render(template('a\n{{#each l}}\n-{{unit this}}\n{{/each}}\nb\n'), { l: ['1', '2'] })).toBe(
    'a\n-1\n-2\nb\n',
  )
})

test('lists are joined by their grammar', () => {
  expect(
    render(template('{{unitOptions l}} {{fstabOptions l}} {{udevOptions l}}'), { l: ['a%', 'b c'] }),
  ).toBe('a%%,b c a%,b\\040c a%%,b c')
})

describe('a template that cannot be used says where', () => {
  test.each([
    ['a value without an escaper', 'x\n{{v}}\n', 2, '{{v}} names no escaper'],
    ['three braces', '\n\n{{{v}}}', 3, 'names no escaper'],
    ['a block helper that is not an escaper', '{{eq v v}}', 1, 'names no escaper'],
    ['an unknown name', 'x\n\n{{udev w}}', 3, 'w is not there'],
    ['a condition that is not there', 'x\n{{#if w}}a{{/if}}', 2, 'w is not there'],
    ['a list that is not there', 'x\n{{#each v.w}}a{{/each}}', 2, 'v.w is not there'],
    ['an unknown helper', '{{upper v}}', 1, 'names no escaper'],
    ['a block that does not end', 'x\n{{#if v}}\n', 3, 'Parse error'],
    ['a list where text is due', 'x{{udev l}}', 1, 'l is a object, not text'],
    ['text where a list is due', 'x{{udevOptions v}}', 1, 'v is not a list of texts'],
  ])('%s', (_name, text, line, message) => {
    const error = failure(text, { v: 'v', l: [] })
    expect(error).toBeInstanceOf(TemplateError)
    expect(error).toMatchObject({ file: 'templates/t.hbs', line, message: expect.stringContaining(message) })
  })
})

test('a value that does not fit is told as such', () => {
  expect(failure('{{udev v}}', { v: '"' })).toBeInstanceOf(EscapeError)
})

test('the templates of the checkout are found, and a later directory takes precedence', () => {
  const own = loadTemplates()
  expect(own.size).toBeGreaterThan(8)
  expect(own.get('udev/61-pktw.rules')?.file).toBe(`${templatesDirectory()}/udev/61-pktw.rules.hbs`)
  expect([...loadTemplates([templatesDirectory(), '/nowhere'])]).toEqual([...own])
})
