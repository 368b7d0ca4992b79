import { story } from './story.js';

void story().then(() => console.log('ok'));
