import {
  eject,
  insert,
  journalSince,
  now,
  profileFor,
  sumOf,
  unitProperty,
  untilMounted,
  where,
} from '../life.ts'
import { scenario } from '../scenario.ts'

/** MiB for system, desktop services, engine and page cache together. */
const memoryMiB = 512
const megabytes = 300

/** Different bytes in each megabyte, made without a file of that size; their checksum is the output. */
const copy = `
head -c 1048560 /dev/urandom >/dev/shm/lab-chunk
i=0
while [ $i -lt ${megabytes} ]; do i=$((i + 1)); cat /dev/shm/lab-chunk; printf '%016d' $i; done | tee ${where}/big | sha256sum | cut -d' ' -f1`

export default scenario({
  describe: `${megabytes} MB are copied on a machine with ${memoryMiB} MiB: no error, nobody killed, the engine stays small`,
  boot: 'own',
  memoryMiB,
  media: ['cd-rw'],
  run: async (ctx) => {
    const place = await ctx.stand.plug(profileFor(ctx.medium))
    await insert(ctx, place, { kind: ctx.medium, udf: 'LAB' })
    const since = await now(ctx)
    const began = performance.now()
    const { stdout } = await ctx.must(['sh', '-ec', copy], { timeoutMs: 1_500_000 })
    ctx.time(`${megabytes} MB taken`, performance.now() - began)
    const pid = await unitProperty(ctx, 'pktw@sr0.service', 'MainPID')
    const status = (await ctx.must(['cat', `/proc/${pid}/status`])).stdout
    const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
    ctx.check(
      'the most that the engine ever had resident, below 120 MB',
      peak > 0 && peak < 120,
      `${peak.toFixed(0)} MB`,
    )
    await eject(ctx, place)
    ctx.time('and on the disc', performance.now() - began)
    place.drive.closeTray()
    await untilMounted(ctx)
    ctx.check('the same bytes', (await sumOf(ctx, `${where}/big`)) === stdout.trim(), stdout.trim())
    const journal = await journalSince(ctx, since)
    ctx.check('nobody was killed', !/Out of memory|oom-kill/i.test(journal), 'journal')
    const writes = [...(place.drive.disc?.writes.values() ?? [])]
    const packets = writes.reduce((sum, n) => sum + n, 0)
    ctx.check(
      'each packet about once',
      packets / writes.length < 1.2,
      `${packets} writes of ${writes.length}`,
    )
  },
})
