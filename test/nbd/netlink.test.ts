// Bytes of generic netlink, put together by hand from the kernel's headers.
import { endianness } from 'node:os'
import { expect, test } from 'vitest'
import { decodeAnswers, encodeGetFamily, encodeReconfigure, familyOf } from '../../src/nbd/netlink.ts'

/** A field of so many bits, in the byte order of this machine; or bytes as they are. */
type Field = [bits: 8 | 16 | 32 | 64, value: number] | string

function bytes(...fields: Field[]): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      if (typeof field === 'string') return Buffer.from(field, 'latin1')
      const [bits, value] = field
      const out = Buffer.alloc(8)
      out.writeBigInt64LE(BigInt(value))
      const cut = out.subarray(0, bits / 8)
      return endianness() === 'LE' ? cut : Buffer.from(cut).reverse()
    }),
  )
}

test('the number of a family is asked for', () => {
  expect(encodeGetFamily('nbd', 7)).toEqual(
    bytes(
      [32, 28], // nlmsghdr: length, GENL_ID_CTRL, NLM_F_REQUEST, sequence, port
      [16, 0x10],
      [16, 1],
      [32, 7],
      [32, 0],
      [8, 3], // genlmsghdr: CTRL_CMD_GETFAMILY, version
      [8, 1],
      [16, 0],
      [16, 8], // CTRL_ATTR_FAMILY_NAME
      [16, 2],
      'nbd\0',
    ),
  )
})

const head = (length: number): Field[] => [
  [32, length], // nlmsghdr: length, family, NLM_F_REQUEST | NLM_F_ACK
  [16, 0x1d],
  [16, 5],
  [32, 2],
  [32, 0],
  [8, 3], // NBD_CMD_RECONFIGURE, NBD_GENL_VERSION
  [8, 1],
  [16, 0],
  [16, 8], // NBD_ATTR_INDEX
  [16, 1],
  [32, 4],
  [16, 12], // NBD_ATTR_TIMEOUT
  [16, 4],
  [64, 0],
  [16, 12], // NBD_ATTR_DEAD_CONN_TIMEOUT
  [16, 8],
  [64, 300],
]

test('timeouts alone', () => {
  const to = { index: 4, timeoutSeconds: 0, deadConnectionSeconds: 300 }
  expect(encodeReconfigure(0x1d, to, 2)).toEqual(bytes(...head(52)))
})

test('a new socket, for a device that knows whose it is', () => {
  const to = {
    index: 4,
    timeoutSeconds: 0,
    deadConnectionSeconds: 300,
    backendIdentifier: 'pktw@',
    socket: 21,
  }
  expect(encodeReconfigure(0x1d, to, 2)).toEqual(
    bytes(
      ...head(80),
      [16, 10], // NBD_ATTR_BACKEND_IDENTIFIER, padded to 4
      [16, 10],
      'pktw@\0\0\0',
      [16, 16], // NBD_ATTR_SOCKETS, NBD_SOCK_ITEM, NBD_SOCK_FD
      [16, 0x8007],
      [16, 12],
      [16, 0x8001],
      [16, 8],
      [16, 1],
      [32, 21],
    ),
  )
})

test('an acknowledgement, a refusal and a family in one datagram', () => {
  const error = (sequence: number, code: number) =>
    bytes([32, 36], [16, 2], [16, 0], [32, sequence], [32, 0], [32, code]).toString('latin1') +
    '\0'.repeat(16)
  const answers = decodeAnswers(
    bytes(
      error(1, 0),
      error(2, -22),
      [32, 36],
      [16, 0x10],
      [16, 0],
      [32, 3],
      [32, 0],
      [8, 1],
      [8, 2],
      [16, 0],
      [16, 8], // CTRL_ATTR_FAMILY_NAME
      [16, 2],
      'nbd\0',
      [16, 6], // CTRL_ATTR_FAMILY_ID, padded
      [16, 1],
      [16, 0x1d],
      '\0\0',
    ),
  )
  expect(answers.map((a) => [a.sequence, a.error])).toEqual([
    [1, 0],
    [2, 22],
    [3, undefined],
  ])
  expect(answers.map(familyOf)).toEqual([undefined, undefined, 0x1d])
})

test.each([
  ['nothing', bytes()],
  ['a length past the end', bytes([32, 40], [16, 2], [16, 0], [32, 1], [32, 0], [32, 0])],
  ['a length of nothing', bytes([32, 0], [16, 2], [16, 0], [32, 1], [32, 0], [32, 0])],
])('%s is no answer', (_, datagram) => expect(decodeAnswers(datagram)).toEqual([]))

test('an attribute that is cut short is left out', () => {
  const [answer] = decodeAnswers(
    bytes(
      [32, 28],
      [16, 0x10],
      [16, 0],
      [32, 3],
      [32, 0],
      [8, 1],
      [8, 2],
      [16, 0],
      [16, 200],
      [16, 1],
      [32, 0x1d],
    ),
  )
  expect(answer && familyOf(answer)).toBeUndefined()
})
