import { expect, test } from 'vitest'
import { earlyPanic } from './early-panic.ts'

const panic = 'Kernel panic - not syncing: Fatal exception in interrupt'

test.each([
  [`[    3.121970] FS:  0\n[    3.122145] ${panic}\n`, `[    3.122145] ${panic}`],
  [`[    9.122145] ${panic}\n`, undefined],
  ['[    1.000000] no panic\n', undefined],
  ['', undefined],
])('%j', (console, found) => expect(earlyPanic(console)).toBe(found))
