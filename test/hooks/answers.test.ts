// What root's hooks make of the engine's answers: silence and garbage are never a yes.
import { expect, test } from 'vitest'
import { parseAnswer } from '../../src/hooks/control.ts'
import { reasonText } from '../../src/hooks/inhibit.ts'
import type { EngineStatus } from '../../src/packet/status.ts'

test.each(['', 'null', '[]', '1', '"ok"', '{}', '{"ok":"no"}', '{"ok":1}', '{"ok":tru', 'ok'])(
  'an answer of the control socket that is none: %s',
  (line) => expect(parseAnswer(line)).toMatchObject({ ok: false, error: expect.any(String) }),
)

test('an answer is what it says', () => {
  expect(parseAnswer('{"ok":true}')).toEqual({ ok: true })
  expect(parseAnswer('{"ok":false,"error":"gone","sense":"2/3A/00"}')).toEqual({
    ok: false,
    error: 'gone',
    sense: '2/3A/00',
  })
})

test('why the machine is kept awake', () => {
  const engine = (dirty: number) => ({ engine: { packetBlocks: 32, stats: { dirty } } as EngineStatus })
  expect(reasonText(engine(3), 'PAPERS in sr0')).toBe('writing 197 kB to PAPERS in sr0')
  expect(reasonText(engine(0), 'PAPERS in sr0')).toBe('writing to PAPERS in sr0')
  expect(reasonText({ silence: 'no answer within 1 s' }, 'PAPERS in sr0')).toBe(
    'PAPERS in sr0 may not have everything yet, and what writes it does not answer',
  )
})
