import { describeMutations } from '../sweep/specification/mutations.js';

describeMutations(10_000);
