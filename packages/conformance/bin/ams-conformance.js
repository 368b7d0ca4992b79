#!/usr/bin/env node
// In the repository before the build, so that package managers can link the command at once.
require('../dist/main.js');
