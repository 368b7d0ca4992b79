// For workerd, where settings are bindings.
import { story } from './web.mjs';

export default {
  async test(_, settings) {
    console.log(await story(settings));
  },
};
