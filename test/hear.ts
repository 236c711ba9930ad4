// What is printed by the code under test.
import { afterEach, beforeEach, vi } from 'vitest'

/** Keeps what goes to these streams in each test of the file that calls this, instead of having it printed. */
export function hear(...streams: NodeJS.WriteStream[]): { text: string } {
  const heard = { text: '' }
  beforeEach(() => {
    heard.text = ''
    for (const stream of streams)
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        heard.text += String(text)
        return true
      })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return heard
}
