import { story } from './typed.js';

void story().then(() => console.log('ok'));
