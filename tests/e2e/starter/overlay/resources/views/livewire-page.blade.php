<!DOCTYPE html>
<html><head><title>Livewire</title></head><body>@livewire('greeting')</body></html>
