import { smallCampaign } from './small.ts';

smallCampaign('simulator');
