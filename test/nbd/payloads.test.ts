import { expect, test } from 'vitest'
import { Payloads } from '../../src/nbd/payloads.ts'

test('a buffer that was given back is used for the next request of about its length', () => {
  const payloads = new Payloads(1 << 20)
  const first = payloads.take(100_000)
  expect(first.length).toBe(100_000)
  payloads.give(first)
  const second = payloads.take(131_072)
  expect(second.length).toBe(131_072)
  expect(second.buffer).toBe(first.buffer)
  expect(payloads.take(131_072).buffer).not.toBe(first.buffer)
})

test('two that are in use never share memory', () => {
  const payloads = new Payloads(1 << 20)
  const taken = [2048, 4096, 4097, 2048, 0].map((length) => payloads.take(length))
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(taken.length)
})

test('no more is kept than it may, and what was used last is', () => {
  const payloads = new Payloads(64 * 1024)
  const large = payloads.take(64 * 1024)
  const small = payloads.take(4096)
  payloads.give(large)
  payloads.give(small)
  expect(payloads.take(64 * 1024).buffer).not.toBe(large.buffer)
  expect(payloads.take(4096).buffer).toBe(small.buffer)
})

test('one that is larger than all it may keep is let go', () => {
  const payloads = new Payloads(4096)
  const large = payloads.take(10_000)
  payloads.give(large)
  expect(payloads.take(10_000).buffer).not.toBe(large.buffer)
})
