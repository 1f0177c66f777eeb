"use strict"; close();
