import { scenario } from '../scenario.ts'

export default scenario({
  describe: 'placeholder',
  product: false,
  run: async (ctx) => {
    const { stdout } = await ctx.must(['uname', '-r'])
    ctx.check('a kernel runs', stdout.length > 1, stdout)
  },
})
