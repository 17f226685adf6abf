<?php

function (
