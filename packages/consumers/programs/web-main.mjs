import { story } from './web.mjs';

console.log(await story(process.env));
