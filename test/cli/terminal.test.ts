// What is shown to people who wait.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { waiting } from '../../src/cli/terminal.ts'

let shown = ''
const usual = process.stderr.isTTY
beforeEach(() => {
  shown = ''
  vi.useFakeTimers()
  process.stderr.isTTY = true
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown += String(text)
    return true
  })
  const stream = process.stderr as unknown as Record<string, unknown>
  for (const name of ['clearLine', 'cursorTo', 'moveCursor']) stream[name] ??= () => true
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  process.stderr.isTTY = usual
})

/** A wait that ends when it is told to. */
function wait(begun?: Promise<void>) {
  let end = (): void => {}
  const work = new Promise<void>((resolve) => {
    end = resolve
  })
  const done = waiting('writing what is left', () => work, begun)
  return { end, done }
}

test('what takes longer than two seconds is told', async () => {
  const { end, done } = wait()
  await vi.advanceTimersByTimeAsync(1900)
  expect(shown).toBe('')
  await vi.advanceTimersByTimeAsync(300)
  expect(shown).toContain('writing what is left')
  end()
  await done
})

test('while somebody is asked for a password nothing is written over that, however long it takes', async () => {
  let begin = (): void => {}
  const { end, done } = wait(
    new Promise((resolve) => {
      begin = resolve
    }),
  )
  await vi.advanceTimersByTimeAsync(60_000)
  expect(shown).toBe('')
  begin()
  await vi.advanceTimersByTimeAsync(2200)
  expect(shown).toContain('writing what is left')
  end()
  await done
})

test('what ends before it has begun shows nothing', async () => {
  const { end, done } = wait(new Promise(() => {}))
  end()
  await done
  await vi.advanceTimersByTimeAsync(10_000)
  expect(shown).not.toContain('writing')
})
