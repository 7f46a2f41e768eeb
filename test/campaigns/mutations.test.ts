import { smallCampaign } from './small.ts';

smallCampaign('mutations');
