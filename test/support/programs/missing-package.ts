// Loaded before the program (node --import): one module cannot be found, as after a broken installation.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier !== process.env['TEST_MISSING_MODULE']) return next(specifier, context);
    throw new Error(`Cannot find package '${specifier}'\nwith a second line`);
  },
});
